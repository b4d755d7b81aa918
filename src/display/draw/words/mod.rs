//! The words: a table for each language, all of them the same struct, so that the compiler says
//! which text is missing. That each fits at every size is a test over all of them (`tests/screens`).
//!
//! Columns are those of the text font: 21 on 128 pixels. What is longer than a line has room for is
//! drawn in a narrower font, which is for the longest labels of keys, and no excuse for long texts.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod lookup;

pub(super) use lookup::sign;

/// The language of the glass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Japanese, in katakana.
    #[serde(rename = "ja")]
    Japanese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::English, Self::German, Self::French, Self::Spanish, Self::Japanese];

    /// Its code in ISO 639-1, as the configuration has it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
        }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::German => &de::WORDS,
            Self::French => &fr::WORDS,
            Self::Spanish => &es::WORDS,
            Self::Japanese => &ja::WORDS,
        }
    }
}

/// What stands before and behind the label of a key, or a number.
#[derive(Clone, Copy)]
pub(super) struct Around(pub(super) &'static str, pub(super) &'static str);

impl Around {
    pub(super) fn with(self, label: impl std::fmt::Display) -> String {
        format!("{}{label}{}", self.0, self.1)
    }
}

/// What stands around a number of devices: for one, and for any other.
#[derive(Clone, Copy)]
pub(super) struct Counted(pub(super) Around, pub(super) Around);

impl Counted {
    pub(super) fn with(self, number: usize) -> String {
        if number == 1 { self.0.with(number) } else { self.1.with(number) }
    }
}

/// Every text of the glass. Numbers are the columns that there are at most; two of them are those on
/// 128 pixels and on 64 or 72, where it is not the same text that is used. 14 columns of 72 pixels
/// are in a font that is still easy to read.
pub(super) struct Words {
    /// What keeps devices from pairing, 20 each.
    pub(super) health: HealthWords,
    /// 20 with a label of six.
    pub(super) hold_to_pair: Around,
    pub(super) hold_to_go_on: Around,
    pub(super) press_to_close: Around,
    /// 16, and what for: 21.
    pub(super) keep_holding: &'static str,
    pub(super) to_open: &'static str,
    /// 15.
    pub(super) forget_all: &'static str,
    /// 16.
    pub(super) devices: Counted,
    pub(super) let_go_to_keep: &'static str,
    /// 21.
    pub(super) deleted_here: &'static str,
    pub(super) pair_them_again: &'static str,
    pub(super) deleted: Counted,
    pub(super) kept: Around,
    /// 15.
    pub(super) paused: &'static str,
    /// 21.
    pub(super) too_many_failed: &'static str,
    /// 15.
    pub(super) menu: &'static str,
    pub(super) paired_here: &'static str,
    pub(super) no_device_yet: &'static str,
    /// 14 each.
    pub(super) items: ItemWords,
    /// 15.
    pub(super) forget_device: &'static str,
    /// 17.
    pub(super) connected: &'static str,
    pub(super) not_connected: &'static str,
    /// 21.
    pub(super) no_address: &'static str,
    pub(super) not_registered: &'static str,
    /// 6.
    pub(super) here: &'static str,
    /// 15.
    pub(super) keep_pairing: &'static str,
    /// 17.
    pub(super) unverified: &'static str,
    /// 21.
    pub(super) no_answer_deleted: &'static str,
    /// 15.
    pub(super) pairing_open: &'static str,
    /// 20.
    pub(super) find_it: &'static str,
    /// 10.
    pub(super) scan_it: &'static str,
    /// 20 with a label of six.
    pub(super) press_for_code: Around,

    /// The question whether two codes are equal. 15, and 10.
    pub(super) same: &'static str,
    pub(super) same_narrow: &'static str,
    /// The same with the warning not to type it, where one line has to do. 18, but 12 in a script that
    /// the smallest font lacks.
    pub(super) same_not_typed: &'static str,
    /// The warning. 21, and in two lines of six, which 72 pixels have as one line in capitals.
    pub(super) do_not_type: &'static str,
    pub(super) do_not_type_narrow: [&'static str; 2],
    /// 15: headlines while keys are held.
    pub(super) go_on_holding: &'static str,
    pub(super) hold_to_block: &'static str,
    pub(super) let_go_first: &'static str,
    /// 6 and a label of six.
    pub(super) hold: Around,
    pub(super) tap: Around,
    /// 15.
    pub(super) connect: &'static str,
    pub(super) pair_without_code: &'static str,
    /// 21.
    pub(super) no_code: &'static str,
    /// 17.
    pub(super) did_you: &'static str,
    /// 15.
    pub(super) allow_service: &'static str,
    /// 21.
    pub(super) this_once: &'static str,
    /// 18 each, in the order of `Service::ALL`, and what has no name.
    pub(super) services: [&'static str; 16],
    pub(super) unknown_service: &'static str,
    /// 21.
    pub(super) came_and_left: &'static str,
    /// 17.
    pub(super) deleted_there: &'static str,
    /// 21.
    pub(super) delete_here_too: &'static str,

    /// The order to type a code there. 15.
    pub(super) type_this: &'static str,
    /// 6: how many digits have been.
    pub(super) typed: &'static str,
    /// 12 and a label of six.
    pub(super) cancel: Around,
    /// 15.
    pub(super) type_pin: &'static str,
    pub(super) use_pin: &'static str,
    /// 21.
    pub(super) to_be_typed: &'static str,
    pub(super) then_enter: &'static str,
    /// The order to type a code here. 15, and 10.
    pub(super) enter_code: &'static str,
    pub(super) its_code: &'static str,
    /// 21.
    pub(super) compare_stop: &'static str,
    /// 10 and a label of six.
    pub(super) takes: Around,
    pub(super) erases: Around,
    pub(super) not_yet: Around,
    pub(super) sends: Around,
    /// 4.
    pub(super) delete: &'static str,
    /// The same PIN here and there. 15, and 10.
    pub(super) pin_on_both: &'static str,
    pub(super) same_pin: &'static str,
    /// 21.
    pub(super) own_pin: &'static str,
    /// 15.
    pub(super) confirm_there: &'static str,
    pub(super) waiting: &'static str,
    /// 21.
    pub(super) its_part: &'static str,

    /// 13: instead of a name.
    pub(super) no_name: &'static str,
    pub(super) name_hidden: &'static str,
    /// 14 each.
    pub(super) verdicts: VerdictWords,
    /// 21 each.
    pub(super) reasons: ReasonWords,
    pub(super) remedies: RemedyWords,
}

pub(super) struct HealthWords {
    pub(super) ready: &'static str,
    pub(super) no_bluetoothd: &'static str,
    pub(super) no_adapter: &'static str,
    pub(super) off: &'static str,
    pub(super) no_accept_key: &'static str,
    pub(super) no_keypad: &'static str,
    pub(super) no_display: &'static str,
}

pub(super) struct ItemWords {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    pub(super) devices: &'static str,
    pub(super) forget_all: &'static str,
    pub(super) about: &'static str,
}

pub(super) struct VerdictWords {
    pub(super) paired: &'static str,
    pub(super) no_news: &'static str,
    pub(super) forgotten: &'static str,
    pub(super) not_forgotten: &'static str,
    pub(super) not_all_gone: &'static str,
    pub(super) allowed: &'static str,
    pub(super) unknown: &'static str,
    pub(super) blocked: &'static str,
    pub(super) not_allowed: &'static str,
    pub(super) not_paired: &'static str,
}

/// Why it ended so.
pub(super) struct ReasonWords {
    pub(super) checked: &'static str,
    pub(super) out_of_band: &'static str,
    pub(super) old_code: &'static str,
    pub(super) pin_unverified: &'static str,
    pub(super) unverified: &'static str,
    pub(super) paired_before: &'static str,
    pub(super) refused_here: &'static str,
    pub(super) rejected_here: &'static str,
    pub(super) no_answer: &'static str,
    pub(super) cancelled_there: &'static str,
    pub(super) link_lost: &'static str,
    pub(super) hung_up: &'static str,
    pub(super) no_match: &'static str,
    pub(super) wrong_code: &'static str,
    pub(super) wrong_pin: &'static str,
    pub(super) refused_there: &'static str,
    pub(super) asleep: &'static str,
    pub(super) removed: &'static str,
    pub(super) this_once: &'static str,
    pub(super) kept_it: &'static str,
    pub(super) display_failed: &'static str,
    pub(super) has_closed: &'static str,
    pub(super) restarted: &'static str,
    pub(super) turned_away: &'static str,
    pub(super) nobody_said_yes: &'static str,
    pub(super) is_closed: &'static str,
    pub(super) busy: &'static str,
    pub(super) no_display: &'static str,
    pub(super) cannot_answer: &'static str,
    pub(super) policy: &'static str,
    pub(super) said_no: &'static str,
    pub(super) paused: &'static str,
    pub(super) not_listed: &'static str,
    pub(super) too_many: &'static str,
    pub(super) other_adapter: &'static str,
    pub(super) not_bonded: &'static str,
    pub(super) malformed: &'static str,
}

/// What to do about it, or what comes of it.
pub(super) struct RemedyWords {
    pub(super) again: &'static str,
    pub(super) pin_proves_little: &'static str,
    pub(super) nobody_checked: &'static str,
    pub(super) see_what_it_says: &'static str,
    pub(super) may_ask_again: &'static str,
    pub(super) will_ask_again: &'static str,
    pub(super) come_closer: &'static str,
    pub(super) look_there: &'static str,
    pub(super) new_code: &'static str,
    pub(super) pair_it_again: &'static str,
    pub(super) see_log: &'static str,
    pub(super) open_it: &'static str,
    pub(super) forget_to_undo: &'static str,
    pub(super) unwanted: &'static str,
    pub(super) was_deleted: &'static str,
    pub(super) when_done: &'static str,
    pub(super) check_wires: &'static str,
    pub(super) key_stuck: &'static str,
    pub(super) see_config: &'static str,
    pub(super) later: &'static str,
    pub(super) forget_one: &'static str,
    pub(super) pair_first: &'static str,
    pub(super) restart: &'static str,
}

/// Of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
