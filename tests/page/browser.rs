//! The page in a real Chromium: what it reports of each ending is what was predicted.

use super::super::peer::Peer;
use super::super::run::{Run, after_open, holds};
use serde_json::{Value, json};

const MARS: &str = "孩子,地球太危险了,快回火星去吧!";

/// A page that visits `listen` with these options: what it showed, and what was observed.
fn visit(browser: &mut Peer, options: &[&str], mut scenario: Value) -> (Value, Value) {
    let run = Run::listen(&[&["--connections", "1"], options].concat());
    scenario["url"] = format!("http://127.0.0.1:{}/", run.port()).into();
    scenario["name"] = "孩子".into();
    browser.play(&scenario);
    let showed = browser.answer();
    assert_eq!(showed["errors"], json!([]), "{options:?}");
    assert_eq!(showed["wide"], false, "nothing stands beside the screen: {scenario}");
    let ended = run.end().expect(0);
    let [observed, closed] = ["observed", "closed"].map(|kind| ended.only(kind).clone());
    let told = &closed["close_event"];
    assert_eq!(&observed["close_event"], told, "{options:?} {scenario}: {showed}");
    holds(&observed, &json!({"connection": 1, "name": "孩子", "predicted": true}));
    let browser = observed["browser"].as_str().unwrap_or_default();
    assert!(browser.starts_with("Chromium "), "{observed}");
    // What it showed is what it reported.
    assert_eq!(showed["code"], told["code"].to_string(), "{showed}");
    assert_eq!(showed["wasClean"], told["was_clean"].to_string(), "{showed}");
    (showed, observed)
}

#[test]
#[ignore = "needs Chromium and playwright-core"]
fn the_server_ends_the_page_and_what_was_predicted_is_observed() {
    let mut browser = Peer::page();
    let with_mars = format!("close:1000:{MARS}");
    let long = format!("close:1000:{}", "a".repeat(124));
    for (actions, code, clean, error) in [
        (&[&*with_mars][..], 1000, true, false),
        (&["fin"], 1006, false, false),
        (&["close"], 1005, true, false),
        (&["close:1005"], 1006, false, true),
        (&["close:1006:r"], 1006, false, true),
        (&["close:1015:r"], 1006, false, true),
        (&["raw:88 02 03 ed"], 1006, false, true),
        (&[&*long], 1006, false, true),
        (&["raw:88 04 03 e8 ff fe"], 1006, false, true), // no UTF-8
        (&["close:1000:r", "text:late"], 1006, false, true),
        (&["batch:", "close:1000:r", "text:late", ":end"], 1006, false, true),
        (&["rst"], 1006, false, false),
        (&["text:hi", "wait:200", "close:4001:bye"], 4001, true, false),
    ] {
        let (_, observed) = visit(&mut browser, &after_open(actions), json!({}));
        let expected = json!({"code": code, "was_clean": clean, "error": error});
        holds(&observed, &json!({"close_event": expected}));
        if actions == [&*with_mars] {
            assert_eq!(observed["close_event"]["reason"], MARS);
        }
    }
}

#[test]
#[ignore = "needs Chromium and playwright-core"]
fn the_page_closes_and_what_was_predicted_is_observed() {
    let mut browser = Peer::page();
    let close = json!([["close", 3001, "bye"]]);
    for (options, steps, code, clean) in [
        (&["--on-close", "fin"][..], &close, 1006, false),
        (&["--on-close", "same"], &close, 3001, true),
        (&["--on-close", "4002:other"], &close, 4002, true),
        (&["--on-close", "empty"], &close, 1005, true),
        (&["--on-close", "rst"], &close, 1006, false),
        (&[], &json!([["plain close"]]), 1005, true),
        // Nobody answers; after a while TCP is ended.
        (
            &["--on-close", "never", "--after-open", "wait:3000", "--after-open", "fin"],
            &json!([["close", 3001, "bye"], ["closing"]]),
            1006,
            false,
        ),
        // The answer is late, and meanwhile this end begins to close as well.
        (
            &["--close-delay", "4000", "--after-open", "wait:3000", "--after-open", "close:1000:x"],
            &json!([["close", 3001, "bye"], ["closing"]]),
            1000,
            true,
        ),
        (
            &["--echo"],
            &json!([["send", "火星"], ["message", "◀ 火星"], ["close", 1000, MARS]]),
            1000,
            true,
        ),
    ] {
        let (showed, observed) = visit(&mut browser, options, json!({"steps": steps}));
        holds(&observed, &json!({"close_event": {"code": code, "was_clean": clean}}));
        let states = showed["states"].as_str().unwrap_or_default();
        assert!(states.ends_with("CLOSED"), "{showed}");
    }
}

#[test]
#[ignore = "needs Chromium and playwright-core"]
fn what_close_throws_is_shown_and_octets_are_counted() {
    let mut browser = Peer::page();
    let reason = "子".repeat(42);
    let steps = json!([
        ["close", 1001, "x"],
        ["thrown"],
        ["close", 1000, reason],
        ["octets"],
        ["plain close"],
    ]);
    let (showed, _) = visit(&mut browser, &[], json!({"steps": steps}));
    let thrown = showed["thrown"].as_str().unwrap_or_default();
    assert!(thrown.contains("InvalidAccessError"), "{showed}");
    assert!(showed["octets"].as_str().is_some_and(|text| text.starts_with("126 ")), "{showed}");
    let (showed, _) = visit(
        &mut browser,
        &["--after-open", "close:1000:x"],
        json!({"lang": "zh", "size": [390, 844]}),
    );
    assert_eq!(showed["lang"], "zh-CN");
}

#[test]
#[ignore = "needs Chromium and playwright-core"]
fn a_page_of_another_origin_is_refused() {
    let mut browser = Peer::page();
    let run = Run::listen(&[]);
    let url = format!("http://127.0.0.1:{}/", run.port());
    browser.play(&json!({"url": url, "steps": [["attack"]], "until": "open"}));
    let showed = browser.answer();
    // Its preflight is refused; what needs none gets in and is refused by its Origin.
    let expected = json!(["refused", "refused", "refused", "refused"]);
    let opaque = json!(["refused", "opaque", "opaque", "refused"]);
    assert!([expected, opaque].contains(&showed["attack"]), "{showed}");
    let ended = run.interrupt().expect(0);
    assert!(ended.all("observed").is_empty(), "{:?}", ended.all("observed"));
}
