//! `oob`: out-of-band data, for whoever delivers them.

use serde_json::json;

use crate::stand_in::StandIn;
use crate::world::World;
use crate::{json, run};

const URI: &str = "PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY";
const ADDRESS: &str = "00:A4:C3:F0:1D:9A";
const DATA: &str = "081b4c9a1df0c3a400";

async fn panel() -> StandIn {
    let data = Some(vec![("Uri", URI), ("Address", ADDRESS), ("Data", DATA)]);
    StandIn::start(World { data, ..World::default() }).await
}

#[tokio::test]
async fn oob_says_what_a_device_has_to_know() {
    let (status, printed, said) = run(&panel().await, &["oob"]).await;
    let expected = format!("address  {ADDRESS}\nuri      {URI}\ndata     {DATA}\n");
    assert_eq!((status, printed, said.as_str()), (0, expected, ""));
    let (status, printed, _) = run(&panel().await, &["oob", "--json"]).await;
    let expected = json!({ "oob": { "address": ADDRESS, "uri": URI, "data": DATA } });
    assert_eq!((status, json(&printed)), (0, expected));
}

#[tokio::test]
async fn oob_says_what_to_do_where_there_are_none_or_one_may_not() {
    let none = "cannot read out-of-band data: there are none; set out-of-band = true in the \
                configuration, and open the window (pairpanel open); journalctl -u pairpanel says \
                what else is missing";
    let not = "not allowed to read out-of-band data; be root";
    for (allowed, status, expected) in [(true, 1, none), (false, 4, not)] {
        let panel = StandIn::start(World { allowed, ..World::default() }).await;
        let done = run(&panel, &["oob"]).await;
        assert_eq!(done, (status, String::new(), format!("pairpanel: {expected}\n")));
    }
}
