//! What keys of the kernel are called (include/uapi/linux/input-event-codes.h).
//!
//! Of its several hundred names only those that a panel may have: the others would be twenty times
//! as much in the binary, and can be written as numbers.

/// The last code that there is, `KEY_MAX`.
const LAST: u16 = 0x2ff;

/// The names of the codes from 1 on, each without `KEY_`.
const KEYS: &str = "ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB Q W E R T Y U I O P LEFTBRACE \
                    RIGHTBRACE ENTER LEFTCTRL A S D F G H J K L SEMICOLON APOSTROPHE GRAVE \
                    LEFTSHIFT BACKSLASH Z X C V B N M COMMA DOT SLASH RIGHTSHIFT KPASTERISK LEFTALT \
                    SPACE CAPSLOCK F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK KP7 KP8 KP9 \
                    KPMINUS KP4 KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT";

/// Others, each with its code.
const OTHERS: &str = "KEY_F11 87 KEY_F12 88 KEY_KPENTER 96 KEY_HOME 102 KEY_UP 103 KEY_PAGEUP 104 \
                      KEY_LEFT 105 KEY_RIGHT 106 KEY_END 107 KEY_DOWN 108 KEY_PAGEDOWN 109 \
                      KEY_INSERT 110 KEY_DELETE 111 KEY_MUTE 113 KEY_VOLUMEDOWN 114 KEY_VOLUMEUP 115 \
                      KEY_POWER 116 KEY_PAUSE 119 KEY_STOP 128 KEY_MENU 139 KEY_SETUP 141 \
                      KEY_SLEEP 142 KEY_WAKEUP 143 KEY_PROG1 148 KEY_PROG2 149 KEY_BACK 158 \
                      KEY_NEXTSONG 163 KEY_PLAYPAUSE 164 KEY_PREVIOUSSONG 165 KEY_CONFIG 171 \
                      KEY_HOMEPAGE 172 KEY_REFRESH 173 KEY_EXIT 174 KEY_PROG3 202 KEY_PROG4 203 \
                      KEY_SUSPEND 205 KEY_CANCEL 223 KEY_BLUETOOTH 237 BTN_0 256 BTN_1 257 BTN_2 258 \
                      BTN_3 259 BTN_4 260 BTN_5 261 BTN_6 262 BTN_7 263 BTN_8 264 BTN_9 265 \
                      BTN_SOUTH 304 BTN_EAST 305 BTN_NORTH 307 BTN_WEST 308 BTN_TL 310 BTN_TR 311 \
                      BTN_SELECT 314 BTN_START 315 KEY_OK 352 KEY_SELECT 353 KEY_RESTART 408 \
                      BTN_DPAD_UP 544 BTN_DPAD_DOWN 545 BTN_DPAD_LEFT 546 BTN_DPAD_RIGHT 547";

/// The code of a key, by its name or its number.
pub(super) fn code(name: &str) -> Option<u16> {
    let number = name.parse().ok().filter(|number| (1..=LAST).contains(number));
    number.or_else(|| all().find(|(_, known)| known == name).map(|(code, _)| code))
}

/// What a key is called; its number if that is all that is known of it.
pub(crate) fn name(code: u16) -> String {
    let known = all().find(|(known, _)| *known == code).map(|(_, name)| name);
    known.unwrap_or_else(|| code.to_string())
}

fn all() -> impl Iterator<Item = (u16, String)> {
    let keys = (1..).zip(KEYS.split(' ')).map(|(code, name)| (code, format!("KEY_{name}")));
    let mut words = OTHERS.split(' ');
    let others = std::iter::from_fn(move || {
        let (name, code) = (words.next()?, words.next()?);
        Some((code.parse().ok()?, name.to_owned()))
    });
    keys.chain(others)
}

#[cfg(test)]
mod tests {
    use evdev::KeyCode;

    use super::*;

    #[test]
    fn a_key_is_known_by_the_name_that_the_kernel_has_for_it() {
        assert_eq!(all().count(), 83 + OTHERS.split(' ').count() / 2);
        for (number, name) in all() {
            assert_eq!(name.parse().map(KeyCode::code), Ok(number), "{name}");
            assert_eq!(code(&name), Some(number));
            assert_eq!(super::name(number), name);
        }
    }

    #[test]
    fn a_key_without_a_name_has_its_number() {
        assert_eq!(code("704"), Some(KeyCode::BTN_TRIGGER_HAPPY1.code()));
        assert_eq!(name(704), "704");
        for wrong in ["0", "768", "-1", "KEY_704", "ENTER", "key_enter", ""] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }
}
