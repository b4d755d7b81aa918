//! People with phones who are not meant.

use pairpanel::nfc::TagError;
use proptest::prelude::*;

use crate::chip::{LOCK_CCFILE, LOCK_CFG, MB_MODE, RFA1SS};
use crate::phone::{Attack, Read, attack};
use crate::{assert_empty, heard, message, tag, text};

/// Everything but the password.
fn guessed() -> impl Strategy<Value = Attack> {
    prop_oneof![
        4 => (0..128u8, any::<[u8; 4]>()).prop_map(|(block, bytes)| Attack::Write(block, bytes)),
        2 => (0..3u8).prop_map(Attack::Lock),
        1 => any::<[u8; 8]>().prop_map(Attack::Present),
        2 => (0..16u8, any::<u8>()).prop_map(|(at, value)| Attack::Configure(at, value)),
        1 => any::<bool>().prop_map(Attack::Mailbox),
    ]
}

#[derive(Clone, Debug)]
enum Op {
    Write(u8),
    Check,
    Wipe,
    Attack(Attack),
    /// The radio is in use for so many transfers.
    Busy(u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => any::<u8>().prop_map(Op::Write),
        2 => Just(Op::Check),
        2 => Just(Op::Wipe),
        8 => guessed().prop_map(Op::Attack),
        1 => (0..240u32).prop_map(Op::Busy),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    /// Whatever passers-by try: what is read is what was written last, or nothing.
    #[test]
    fn nobody_changes_what_is_read(
        ops in prop::collection::vec(op(), 1..40),
        page in prop::sample::select(vec![4, 16]),
        mailbox in any::<bool>(),
        password in any::<[u8; 8]>(),
    ) {
        let (mut tag, bench) = tag(512, page);
        bench.chip().system[MB_MODE] = u8::from(mailbox);
        bench.chip().rf_password = password.map(|byte| byte | 1);
        let mut expected = Read::Silence;
        for op in ops {
            bench.chip().finish();
            match op {
                Op::Write(seed) => {
                    let message = message(seed, "Kitchen");
                    tag.write(&message).unwrap();
                    expected = text(&message);
                }
                Op::Check => match tag.check() {
                    Ok(()) => {}
                    // Somebody has locked a block.
                    Err(TagError::Changed) => expected = Read::Silence,
                    Err(other) => panic!("{other}"),
                },
                Op::Wipe => {
                    tag.wipe().unwrap();
                    expected = Read::Silence;
                }
                Op::Attack(tried) => {
                    let obeyed = attack(&mut bench.chip(), tried);
                    prop_assert!(!obeyed || !matches!(tried, Attack::Write(..) | Attack::Configure(..)));
                }
                Op::Busy(transfers) => bench.chip().radio_busy = transfers,
            }
            prop_assert_eq!(heard(&bench), expected.clone());
            if expected == Read::Silence {
                assert_empty(&bench);
            }
        }
    }
}

#[test]
fn a_block_that_a_phone_has_locked_is_wiped_all_the_same() {
    for block in [0, 1] {
        let (mut tag, bench) = tag(512, 16);
        tag.write(&message(1, "Kitchen")).unwrap();
        bench.chip().finish();
        assert!(attack(&mut bench.chip(), Attack::Lock(block)));
        bench.chip().finish();
        assert!(matches!(tag.check(), Err(TagError::Changed)));
        assert_eq!(bench.chip().system[LOCK_CCFILE], 0);
        assert_empty(&bench);
    }
}

/// The password from the factory, which everybody knows.
#[test]
fn somebody_with_the_radio_password_changes_nothing() {
    let (mut tag, bench) = tag(512, 16);
    tag.write(&message(1, "Kitchen")).unwrap();
    let attacked = |tried| {
        bench.chip().finish();
        attack(&mut bench.chip(), tried)
    };
    assert!(attacked(Attack::Present([0; 8])));
    assert!(!attacked(Attack::Configure(LOCK_CFG as u8, 0)));
    assert!(!attacked(Attack::Configure(RFA1SS as u8, 0)));
    assert!(!attacked(Attack::Write(12, *b"evil")));
    bench.chip().finish();
    tag.check().unwrap();
    assert_eq!(heard(&bench), text(&message(1, "Kitchen")));
}

/// Whoever has taken the chip off and put it back.
#[test]
fn protection_that_is_gone_is_noticed_at_the_next_look_and_put_back() {
    for register in [RFA1SS, LOCK_CFG] {
        let (mut tag, bench) = tag(512, 16);
        tag.write(&message(1, "Kitchen")).unwrap();
        let before = std::mem::take(&mut bench.chip().system[register]);
        let said = tag.check().unwrap_err();
        assert!(matches!(said, TagError::Changed), "{said}");
        assert_empty(&bench);
        assert_eq!(heard(&bench), Read::Silence);
        assert_eq!(bench.chip().system[register], before);
        tag.write(&message(2, "Hall")).unwrap();
        assert_eq!(heard(&bench), text(&message(2, "Hall")));
    }
}
