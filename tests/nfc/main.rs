//! The driver of the NFC tag against an emulated chip: what counts is what a phone reads.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod chip;
mod interruption;
mod passer_by;
mod phone;
mod vectors;
mod writer;

use pairpanel::board::{Bus, NfcProfile};
use pairpanel::nfc::{Message, PairingData, St25dv, TagError};

use crate::chip::{Bench, Chip, ENDA, Fault, I2CSS, LOCK_CCFILE, LOCK_CFG, RF_MNGT, RFA1SS};
use crate::phone::{Read, read};

type Tag = St25dv<Bench, Bench>;

/// Bytes of memory, and of what is programmed at once: each of the family.
const FAMILY: [(usize, usize); 6] =
    [(512, 4), (2048, 4), (8192, 4), (512, 16), (2048, 16), (8192, 16)];

fn profile(size: usize) -> NfcProfile {
    let bus = Bus::Path("/dev/i2c-1".to_owned());
    NfcProfile { bus, address: 0x53, size: size as u16 }
}

fn open(bench: &Bench) -> Result<Tag, TagError> {
    let size = bench.chip().user.len();
    St25dv::open(bench.clone(), bench.clone(), "/dev/i2c-1", &profile(size))
}

/// A chip from the factory, and the driver that has opened it.
fn tag(size: usize, page: usize) -> (Tag, Bench) {
    let bench = Bench::new(Chip::new(size, page));
    (open(&bench).unwrap(), bench)
}

/// A message that has nothing but its type in common with one of another seed.
fn message(seed: u8, name: &str) -> Message {
    let secret = |first: u8| std::array::from_fn(|n| (n as u8 * 7) ^ first);
    Message::new(&PairingData {
        address: [seed; 6],
        is_random: seed % 2 == 1,
        role: 2,
        confirmation: &secret(seed ^ 0x80),
        random: &secret(seed ^ 0xc0),
        flags: 6,
        name,
    })
}

fn text(message: &Message) -> Read {
    Read::Message(message.as_bytes().to_vec())
}

/// What a phone reads now, without anybody else on the bus.
fn heard(bench: &Bench) -> Read {
    let mut chip = bench.chip();
    let mut still = chip.clone();
    still.finish();
    chip.heard.clear();
    read(&still)
}

/// Nothing of any message is in the memory, nor in the buffer that it passed.
fn assert_empty(bench: &Bench) {
    let chip = bench.chip();
    let mut expected = vec![0; 272];
    expected[..8].copy_from_slice(&[0xe1, 0x43, 33, 0x01, 0x03, 0x00, 0xfe, 0x00]);
    assert_eq!(chip.user[..272], expected);
    let left = |held: &u8| *held != 0;
    assert!(!chip.user[272..].iter().chain(&chip.buffer[16..]).any(left));
    assert!(chip.buffer[..16] == [0; 16] || expected.starts_with(&chip.buffer[..16]));
}

#[test]
fn a_phone_reads_what_was_written_and_nothing_once_it_is_wiped() {
    for (size, page) in FAMILY {
        let (mut tag, bench) = tag(size, page);
        assert_eq!(heard(&bench), Read::Silence);
        assert_empty(&bench);
        for name in ["", "Kitchen", &"x".repeat(300)] {
            let message = message(name.len() as u8, name);
            tag.write(&message).unwrap();
            assert_eq!(heard(&bench), text(&message));
            tag.check().unwrap();
            assert_eq!(heard(&bench), text(&message));
            tag.wipe().unwrap();
            assert_eq!(heard(&bench), Read::Silence);
            assert_empty(&bench);
            // Nor would a phone find anything if it were awake.
            bench.chip().radio = 0;
            assert_eq!(heard(&bench), Read::Empty);
        }
        tag.check().unwrap();
    }
}

#[test]
fn a_new_message_takes_the_place_of_an_old_one_with_silence_between() {
    let (mut tag, bench) = tag(512, 16);
    let (old, new) = (message(1, "Kitchen"), message(2, "Hall"));
    tag.write(&old).unwrap();
    bench.chip().heard.clear();
    tag.write(&new).unwrap();
    let mut heard = bench.chip().heard.clone();
    heard.retain(|read| *read != Read::Silence);
    // The phone was there all the time.
    assert_eq!(heard, [text(&old), text(&new)]);
}

#[test]
fn only_what_has_to_be_is_configured_and_only_once() {
    let bench = Bench::new(Chip::new(512, 16));
    let before = bench.chip().system;
    let tag = open(&bench).unwrap();
    drop(tag);
    let mut expected = before;
    (expected[RF_MNGT], expected[RFA1SS], expected[LOCK_CFG]) = (0x02, 0x0c, 1);
    assert_eq!(bench.chip().system, expected);
    let configured = || {
        let chip = bench.chip();
        (chip.configured, chip.session)
    };
    assert_eq!(configured(), (3, false));
    let mut tag = open(&bench).unwrap();
    tag.write(&message(1, "x")).unwrap();
    assert_eq!(configured(), (3, false));
}

/// A write cycle takes off some of a chip's life, which is a million of them.
#[test]
fn it_costs_this_much() {
    let mut rows = Vec::new();
    for page in [4, 16] {
        let (mut tag, bench) = tag(512, page);
        bench.chip().largest = 32;
        let mut did = |tag: &mut Tag, what: &'static str, step: fn(&mut Tag)| {
            let before = bench.chip().clone();
            step(tag);
            let after = bench.chip();
            let (answered, worn) = (after.transfers - before.transfers, after.worn - before.worn);
            rows.push((page, what, answered, worn, after.now_ms() - before.now_ms()));
        };
        did(&mut tag, "write", |tag| tag.write(&message(1, "Kitchen")).unwrap());
        did(&mut tag, "check", |tag| tag.check().unwrap());
        did(&mut tag, "wipe", |tag| tag.wipe().unwrap());
        did(&mut tag, "wipe again", |tag| tag.wipe().unwrap());
    }
    // Bytes that are programmed at once; what; transfers, with those that find the chip busy; such pieces
    // that were programmed; milliseconds on a bus of 100 kHz.
    let expected = [
        (4, "write", 190, 29, 276),
        (4, "check", 11, 0, 29),
        (4, "wipe", 163, 28, 214),
        (4, "wipe again", 21, 0, 56),
        (16, "write", 92, 8, 170),
        (16, "check", 11, 0, 29),
        (16, "wipe", 65, 7, 107),
        (16, "wipe again", 21, 0, 56),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn what_a_killed_daemon_left_is_wiped_before_anything_else() {
    let (mut tag, bench) = tag(2048, 4);
    let message = message(1, "Kitchen");
    tag.write(&message).unwrap();
    drop(tag);
    assert_eq!(heard(&bench), text(&message));
    let _tag = open(&bench).unwrap();
    assert_empty(&bench);
    assert_eq!(heard(&bench), Read::Silence);
}

#[test]
fn a_tag_that_lost_its_power_tells_nobody_what_it_holds() {
    let (mut tag, bench) = tag(512, 16);
    let message = message(1, "Kitchen");
    tag.write(&message).unwrap();
    // The phone's field is all the power that there is.
    bench.chip().powered = false;
    assert_eq!(heard(&bench), Read::Silence);
    bench.chip().power_cycle();
    assert_eq!(heard(&bench), Read::Silence);
    assert!(matches!(tag.check(), Err(TagError::Changed)));
    assert_empty(&bench);
}

#[test]
fn a_message_is_protected_in_whichever_areas_it_is() {
    let mut chip = Chip::new(512, 16);
    (chip.system[ENDA[0]], chip.system[ENDA[1]]) = (0, 3);
    // Read by nobody, and written by whoever knows the second password.
    chip.system[RFA1SS + 2] = 0x0a;
    let bench = Bench::new(chip);
    let mut tag = open(&bench).unwrap();
    assert_eq!(bench.chip().system[RFA1SS..=RFA1SS + 6], [0x0c, 0, 0x04, 3, 0x04, 15, 0]);
    let message = message(1, &"long ".repeat(30));
    tag.write(&message).unwrap();
    assert_eq!(heard(&bench), text(&message));
}

#[test]
fn something_else_at_these_addresses_is_not_written_to() {
    // An EEPROM, which has any bytes, and a chip of another size.
    let mut eeprom = Chip::new(512, 16);
    eeprom.system.fill(0xff);
    for (chip, size, found) in [
        (eeprom, 512, "ffff blocks of ff, UID ffff"),
        (Chip::new(2048, 4), 512, "01ff blocks of 03, UID e002"),
    ] {
        let bench = Bench::new(chip);
        let said = St25dv::open(bench.clone(), bench.clone(), "/dev/i2c-1", &profile(size));
        assert_eq!(
            said.err().unwrap().to_string(),
            format!(
                "what answers at 0x57 on /dev/i2c-1 is no ST25DV with 512 bytes ({found}); correct \
                 [nfc] in the board profile"
            )
        );
        let chip = bench.chip();
        assert_eq!((chip.worn, chip.configured), (0, 0));
    }
}

#[test]
fn a_chip_with_another_password_is_used_if_it_is_as_it_has_to_be() {
    let mut chip = Chip::new(512, 16);
    chip.i2c_password = [7; 8];
    let bench = Bench::new(chip.clone());
    assert_eq!(
        open(&bench).err().unwrap().to_string(),
        "the NFC tag has another I2C password than the one from the factory, so that RF_MNGT cannot be \
         set to 0x02; set it by the tool that set the password, or exchange the chip"
    );
    assert_empty(&bench);
    (chip.system[RF_MNGT], chip.system[RFA1SS], chip.system[LOCK_CFG]) = (0x02, 0x0c, 1);
    let bench = Bench::new(chip);
    let mut tag = open(&bench).unwrap();
    tag.write(&message(1, "x")).unwrap();
    assert_eq!(heard(&bench), text(&message(1, "x")));
    // A phone locks a block: it cannot be taken back without the password.
    bench.chip().finish();
    bench.chip().system[LOCK_CCFILE] = 2;
    let said = tag.wipe().unwrap_err().to_string();
    assert!(said.contains("may still hold pairing data (the NFC tag has another I2C"), "{said}");
    assert_eq!(heard(&bench), Read::Silence);
}

#[test]
fn a_memory_that_i2c_may_not_write_is_said_so() {
    let mut chip = Chip::new(512, 16);
    chip.system[I2CSS] = 0x40;
    let said = open(&Bench::new(chip)).err().unwrap().to_string();
    assert_eq!(
        said,
        "the NFC tag's memory is protected against I2C (I2CSS is 0x40); write 0 there by the tool that \
         set it"
    );
}

#[test]
fn a_phone_on_the_tag_is_waited_for_and_not_for_ever() {
    let (mut tag, bench) = tag(512, 16);
    let message = message(1, "Kitchen");
    bench.chip().radio_busy = 200;
    tag.write(&message).unwrap();
    bench.chip().radio_busy = 200;
    tag.check().unwrap();
    assert_eq!(heard(&bench), text(&message));
    bench.chip().radio_busy = u32::MAX;
    let said = tag.wipe().unwrap_err().to_string();
    assert_eq!(
        said,
        "the NFC tag may still hold pairing data (nothing answers at 0x53 on /dev/i2c-1 (No such device \
         or address (os error 6)); check the wiring, and `address` in the board profile); keep phones \
         away from it until pairpanel has started anew, which wipes it, or take the tag off"
    );
    bench.chip().radio_busy = 0;
    assert_eq!(heard(&bench), text(&message));
    tag.wipe().unwrap();
    assert_empty(&bench);
}

#[test]
fn a_tag_that_is_taken_off_while_it_is_written_is_told_as_not_wiped() {
    let (mut tag, bench) = tag(512, 16);
    bench.chip().fault = Some((30, Fault::Dead));
    let said = tag.write(&message(1, "Kitchen")).unwrap_err();
    assert!(matches!(said, TagError::NotWiped(_)), "{said}");
    bench.chip().fault = None;
    tag.wipe().unwrap();
    assert_empty(&bench);
}
