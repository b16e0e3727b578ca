//! Endings that were never observed before, live: what Chromium, npm ws and python
//! websockets report has to be what our `closed` line foretells of each.

use super::peer::{Library, Peer};
use super::run::{Run, after_open};
use serde_json::{Value, json};

/// What the server is told to do, and what the client does meanwhile.
struct Scene {
    options: &'static [&'static str],
    actions: Vec<&'static str>,
    client: Value,
}

fn opened(actions: &'static str) -> Scene {
    Scene { options: &[], actions: actions.split("; ").collect(), client: json!({}) }
}

fn asked(options: &'static [&'static str], actions: &'static str) -> Scene {
    let client = json!({"close": [3001, "bye"]});
    let actions = actions.split("; ").filter(|word| !word.is_empty()).collect();
    Scene { options, actions, client }
}

/// Frames around a Close, in one write and in several, its faults, and ends of TCP.
fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::from(
        [
            // A frame behind the Close: in the same write, in the next one, later.
            "batch:; close:1000:r; text:late; :end",
            "close:1000:r; text:late",
            "close:1000:r; wait:50; text:late",
            "close:1000:r; wait:300; binary:00",
            "batch:; close:1000:r; ping:late; :end",
            "close:1000:r; wait:50; ping:late",
            "close:1000:r; wait:50; pong:late",
            "batch:; close:4001:r; close:4002:s; :end",
            "close:4001:r; wait:50; close:4002:s",
            "batch:; close:1000; raw:83; :end; wait:50; fin",
            "batch:; close:1000; raw:8105; :end; wait:50; fin",
            "batch:; close:1000; raw:810568; :end; wait:50; fin",
            "batch:; close:1000; raw:890568; :end; wait:50; fin",
            // A fault and a Close.
            "batch:; raw:8102c328; close:1000:r; :end",
            "raw:8102c328; wait:100; close:1000:r",
            "batch:; raw:8300; close:1000:r; :end",
            "raw:8300; wait:100; close:1000:r",
            "batch:; raw:817e00026869; close:1000:r; :end",
            "batch:; text:hi; ping:x; close:4001:r; :end",
            // Fragments.
            "raw:01026869; close:1000:r",
            "raw:01026869; wait:50; close:1000:r; wait:50; fin",
            "raw:0102e5ad; ping:x; raw:8001a9; close:1000:r",
            "raw:0102c328; wait:100; raw:8000; wait:100; close:1000:r",
            "raw:0102c328; wait:100; fin",
            "raw:010168; raw:810169; wait:100; close:1000:r",
            "raw:8105c328; wait:100; fin",
            "raw:080203e8; wait:100; fin",
            // Lengths and codes.
            "raw:887e000203e8; wait:100; fin",
            "raw:887f000000000000000203e8; wait:100; fin",
            "raw:897e000178; close:1000:r",
            "raw:887e007f03e8; wait:50; fin",
            "raw:c10268; wait:100; fin",
            "raw:c102; wait:100; fin",
            "raw:88820000000003e8; wait:50; close:1000:r",
            "close:1004:r",
            "close:1012:r",
            "close:1014:r",
            "close:1016:r",
            "raw:880503ede68080",
            "raw:880403edfffe",
            // The end of TCP.
            "close:4001:r; wait:500; rst",
            "close:4001:r; wait:2500; rst",
            "close:4001:r; wait:50; fin",
            "close:4001:r; fin; wait:500; rst",
            "text:hi; wait:50; rst",
            "wait:50; raw:8802; wait:50; fin",
            "wait:50; raw:88; wait:50; rst",
        ]
        .map(opened),
    );
    scenes.extend([
        asked(&["--on-close", "never"], "wait:100; text:data; wait:50; close:4002:other"),
        asked(&["--on-close", "never"], "wait:100; raw:8102c328; wait:50; close:4002:other"),
        asked(&["--on-close", "never"], "wait:100; raw:8000; wait:50; close:4002:other"),
        asked(&["--on-close", "never"], "wait:100; raw:8300; wait:50; close:4002:other"),
        asked(&["--on-close", "never"], "wait:100; close:4002:other; wait:50; text:late"),
        asked(&["--on-close", "never"], "wait:100; close:4002:other; wait:50; rst"),
        asked(&["--on-close", "never"], "wait:100; close:999:other"),
        asked(&["--on-close", "never"], "wait:100; raw:01026869; close:1000:r"),
        asked(&["--close-delay", "300"], ""),
        asked(&["--on-close", "1016:r"], ""),
        asked(&["--on-close", "1001"], ""),
    ]);
    scenes
}

fn is_peer(seen: &Value, told: &Value) -> bool {
    let code = if told["code"].is_null() { &json!(1006) } else { &told["code"] };
    let error = seen["error"].as_bool().is_none_or(|e| match &told["error"] {
        Value::Bool(error) => e == *error,
        error => e == error.is_string(),
    });
    (&seen["code"], &seen["reason"], &seen["wasClean"])
        == (code, &told["reason"], &told["was_clean"])
        && error
}

/// Plays every scene with a client and prints how the model did.
fn agrees(name: &str, model: impl Fn(&Value) -> Value, mut play: impl FnMut(&Value) -> Value) {
    let (mut table, mut wrong) = (String::new(), 0);
    for scene in scenes() {
        let options = [scene.options, &after_open(&scene.actions)[..]].concat();
        let run = Run::listen(&[&["--connections", "1"], &options[..]].concat());
        let mut client = scene.client.clone();
        client["url"] = run.url().into();
        let seen = play(&client);
        let ended = run.end();
        let told = model(ended.only("closed"));
        let agree = is_peer(&seen, &told);
        wrong += u32::from(!agree);
        let word = if agree { "agree   " } else { "DISAGREE" };
        let what = [scene.options.join(" "), scene.actions.join("; ")].join(" ");
        table += &format!("{word} {what}: {told}\n");
        if !agree {
            let keys = ["code", "reason", "wasClean", "error"].map(|key| &seen[key]);
            table += &format!("         it was {keys:?}\n");
        }
    }
    println!("{name}\n{table}");
    assert_eq!(wrong, 0, "{name}\n{table}");
}

#[test]
#[ignore = "needs chromium"]
fn chromium_reports_what_its_model_foretells() {
    let mut browser = Peer::chromium();
    agrees(
        "chromium",
        |closed| closed["close_event"].clone(),
        |scenario| {
            browser.play(scenario);
            browser.answer()
        },
    );
}

#[test]
#[ignore = "needs node with npm ws"]
fn node_ws_reports_what_its_model_foretells() {
    let client = |scenario: &Value| Library::NodeWs.client(scenario).answer();
    agrees("npm ws", |closed| closed["models"]["node_ws"].clone(), client);
}

#[test]
#[ignore = "needs python websockets"]
fn python_reports_what_its_model_foretells() {
    let client = |scenario: &Value| Library::PythonWebsockets.client(scenario).answer();
    agrees("python", |closed| closed["models"]["python"].clone(), client);
}
