//! Every page with sample data, in its usual, empty and refused states; each text passes through `say`.

mod approval;
mod authenticator;
mod credential;
mod device;
mod door;
mod home;
mod limit;
mod notices;
mod people;
mod phone;
mod trade;
mod watch;

use maud::Markup;
use portal::page::{Ask, Capability, Frame, Moment, Nav, Refusal, Role, SignedIn};

/// Turns a sample text into the one shown: itself, or something hostile.
pub type Say = fn(&str) -> String;

pub type Page = (&'static str, Markup);

pub fn all(say: Say) -> Vec<Page> {
    [
        door::pages(say),
        home::pages(say),
        device::pages(say),
        authenticator::pages(say),
        limit::pages(say),
        notices::pages(say),
        approval::pages(say),
        credential::pages(say),
        trade::pages(say),
        watch::pages(say),
        phone::pages(say),
        people::pages(say),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub fn outside(say: Say, title: &str) -> Frame {
    Frame {
        title: say(title),
        nonce: say("c2FtcGxlLW5vbmNl"),
        origin: say("https://portal.maya.example"),
        venue: say("paper"),
        ..Frame::default()
    }
}

pub fn inside(say: Say, title: &str, current: Nav) -> Frame {
    Frame {
        signed_in: Some(SignedIn {
            name: say("Maya Okonkwo"),
            role: Role::Owner,
            capability: Capability::Trade { until: at(say, "2026-11-22T10:15:00Z") },
        }),
        current: Some(current),
        pending_approvals: 2,
        ..outside(say, title)
    }
}

pub fn viewing(frame: Frame) -> Frame {
    let signed_in = frame.signed_in.map(|who| SignedIn { capability: Capability::View, ..who });
    Frame { signed_in, ..frame }
}

pub fn at(say: Say, iso: &str) -> Moment {
    Moment::of(&say(iso))
}

pub fn ask(say: Say) -> Ask {
    Ask {
        ceremony: say("0f3c9a5e7d1b2468"),
        options: say(
            "{\"publicKey\":{\"challenge\":\"q83v\",\"rpId\":\"portal.maya.example\",\"userVerification\":\"required\"}}",
        ),
    }
}

pub fn refusal(say: Say, category: &str, code: &str, text: &str, remedy: &str) -> Refusal {
    // By a code that there is, a page finds its own words and a link: it is never another text.
    let ours = lexicon::all().any(|entry| entry.code == code);
    Refusal {
        category: say(category),
        code: if ours { code.to_owned() } else { say(code) },
        text: say(text),
        remedy: say(remedy),
        correlation: Some(say("cor_7f3a91c04e5b22d8")),
    }
}
