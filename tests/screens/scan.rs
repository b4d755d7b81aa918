//! The code to scan, as somebody else's decoder sees it on the glass.

use pairpanel::display::Frame;
use pairpanel::display::draw::{Language, has_room_for_code};
use pairpanel::oob::{Modules, OobData};
use pairpanel::pairing::Screen;

use crate::camera::read;
use crate::{SIZES, compare_with_file, drawn, drawn_in};

const URI: &str = "PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY";

pub(crate) fn scan(label: &str) -> Screen {
    let label = (!label.is_empty()).then(|| label.to_owned());
    Screen::Scan {
        name: "box-7F3A".to_owned(),
        code: Modules::of(&OobData::from_uri(URI).unwrap().uri()).unwrap(),
        seconds: 108,
        switch: label.clone(),
        close: label,
    }
}

#[test]
fn a_camera_reads_the_code_on_every_glass_that_has_room_for_it() {
    for size in SIZES.into_iter().chain([(240, 240), (160, 80), (96, 64)]) {
        for language in Language::ALL {
            for label in ["", "A", "LABEL1"] {
                let frame = drawn_in(&scan(label), size, language);
                if has_room_for_code(size) {
                    assert_eq!(read(&frame).as_deref(), Some(URI), "{size:?} {language:?} {label}");
                } else {
                    assert_eq!(frame, Frame::new(size.0, size.1), "{size:?}");
                }
            }
        }
    }
    let room: Vec<_> = SIZES.into_iter().filter(|size| has_room_for_code(*size)).collect();
    assert_eq!(room, [(128, 64), (128, 128)]);
}

#[test]
fn the_code_is_the_picture_that_was_agreed() {
    let pictures = [(128, 64), (128, 128)].map(|size| drawn(&scan("A"), size).to_half_blocks());
    compare_with_file("scan.txt", &pictures.join("\n"));
}
