//! `prompt`: what is on the glass, for people who cannot read it.

use serde_json::json;

use crate::stand_in::StandIn;
use crate::world::{Prompt, World};
use crate::{json, run};

async fn panel(prompt: Option<Prompt>) -> StandIn {
    StandIn::start(World { prompt, ..World::default() }).await
}

const WHO: [(&str, &str); 2] = [("Address", "A4:C3:F0:1D:9A:4C"), ("Name", "Anna's \u{1b}Pixel")];

fn asked(rest: &[(&'static str, &'static str)]) -> Prompt {
    [&WHO[..], rest].concat()
}

#[tokio::test]
async fn prompt_says_what_is_asked_and_what_the_keys_do() {
    let compare = asked(&[
        ("Asks", "compare"),
        ("Code", "012345"),
        ("Accept", "KEY1"),
        ("Reject", "KEY3"),
        ("Hold", "true"),
        ("Seconds", "24"),
    ]);
    let types = asked(&[("Asks", "type-here"), ("Typed", "2"), ("Accept", "#"), ("Erase", "*")]);
    let cases = [
        (
            compare,
            "\
asked   is this the same number as on the device? it is not to be typed anywhere
device  Anna's \\u{1b}Pixel (A4:C3:F0:1D:9A:4C)
code    0 1 2 3 4 5
yes     hold KEY1
no      press KEY3
left    24 s
",
        ),
        (
            types,
            "\
asked   the code that the device shows is to be typed here
device  Anna's \\u{1b}Pixel (A4:C3:F0:1D:9A:4C)
typed   2 digits
yes     press #
back    press *
",
        ),
        (Prompt::new(), "nothing is asked or shown\n"),
    ];
    for (prompt, expected) in cases {
        let done = run(&panel(Some(prompt)).await, &["prompt"]).await;
        assert_eq!(done, (0, expected.to_owned(), String::new()));
    }
}

#[tokio::test]
async fn prompt_as_json_is_what_the_panel_replies() {
    let service = asked(&[("Asks", "service"), ("Service", "Audio in"), ("Seconds", "3")]);
    let (status, printed, _) = run(&panel(Some(service)).await, &["prompt", "--json"]).await;
    let expected = json!({
        "asks": "service",
        "address": WHO[0].1,
        "name": WHO[1].1,
        "service": "Audio in",
        "seconds": 3,
    });
    assert_eq!((status, &json(&printed)["prompt"]), (0, &expected));
    let (_, printed, _) = run(&panel(Some(Prompt::new())).await, &["prompt", "--json"]).await;
    assert_eq!(printed, "{\"prompt\":null}\n");
}

#[tokio::test]
async fn prompt_says_how_it_is_turned_on() {
    let (status, printed, said) = run(&panel(None).await, &["prompt"]).await;
    let expected = "pairpanel: cannot read the prompt: codes leave the display only where the owner \
                    wants it; set prompt-command = true in the configuration, and reload \
                    pairpanel\n";
    assert_eq!((status, printed.as_str(), said.as_str()), (1, "", expected));
}
