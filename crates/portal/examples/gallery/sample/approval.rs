//! Samples of approvals.

use super::{Page, Say, ask, at, inside, limit, refusal};
use portal::page::Nav;
use portal::page::approvals::{Answer, Answered, Approval, Row, State, Two, View, Who, approval, approvals};

const TEXT: &str = "Account DU1234567 (paper), venue paper.\nLimit order, good for the day, regular hours only.\nAt most 22,104.00 USD.\nAsked by the API credential momentum-bot at 2026-11-22T09:11:04Z.";

pub fn pages(say: Say) -> Vec<Page> {
    let frame = inside(say, "Approvals", Nav::Approvals);
    let open = one(say);
    let lock = State::Locked { why: say("whoever asks cannot answer, and this session asked") };
    let ended = State::Ended { answer: Answer::TimedOut, at: at(say, "2026-11-22T09:13:04Z"), by: String::new() };
    let moved = refusal(
        say,
        "guard",
        "price_collar",
        "the price is beyond the collar at 183.10 USD",
        "Bring the price nearer to the market.",
    );
    vec![
        ("approvals", approvals(&frame, &list(say))),
        ("approvals-empty", approvals(&frame, &View::default())),
        ("approval", approval(&frame, &open)),
        ("approval-two", approval(&frame, &Approval { two: Some(half(say)), ..open.clone() })),
        ("approval-locked", approval(&frame, &Approval { state: lock, refusal: Some(moved), ..open.clone() })),
        ("approval-ended", approval(&frame, &Approval { state: ended, limits: Vec::new(), ..open })),
    ]
}

pub fn one(say: Say) -> Approval {
    Approval {
        id: say("apr_01"),
        what: say("Buy 120 NVDA at 184.20 USD or better"),
        text: say(TEXT),
        value: say("22,104.00 USD"),
        share: Some(say("2.3 % of the account's net value now, 1,000,000.00 USD as the venue tells it")),
        who: Who {
            name: say("momentum-bot"),
            kind: say("API credential"),
            from: say("this machine, user id 1001, by its own listener at 127.0.0.1:7497"),
            since: at(say, "2026-11-22T06:30:00Z"),
        },
        why: say("its value is above what this API credential may trade without an approval, 20,000 USD"),
        expires: at(say, "2026-11-22T09:13:04Z"),
        limits: limit::stated(say).into_iter().take(3).collect(),
        state: State::Open { passkey: ask(say) },
        two: None,
        not_me: Some(say("momentum-bot")),
        refusal: None,
    }
}

fn half(say: Say) -> Two {
    let (signed, may) = (Some(say("Maya Okonkwo")), vec![say("you"), say("Ana Lima")]);
    Two { signed, may, alone: vec![say("Ana Lima")], reachable: true }
}

fn list(say: Say) -> View {
    let row = |id: &str, what: &str, value: &str, who: &str| Row {
        id: say(id),
        what: say(what),
        value: say(value),
        who: say(who),
        expires: at(say, "2026-11-22T09:13:04Z"),
    };
    let past = |what: &str, value: &str, answer, by: &str| Answered {
        at: at(say, "2026-11-21T15:30:00Z"),
        what: say(what),
        value: say(value),
        answer,
        by: say(by),
    };
    View {
        pending: vec![
            row("apr_01", "Buy 120 NVDA at 184.20 USD or better", "22,104.00 USD", "momentum-bot"),
            row("apr_02", "Release the kill switch of API credential agent-research", "", "Maya Okonkwo"),
        ],
        answered: vec![
            past("Sell 300 AAPL at 228.10 USD or better", "68,430.00 USD", Answer::Approved, "Maya Okonkwo"),
            past("Buy 40 TSLA at 411.00 USD or better", "16,440.00 USD", Answer::Refused, "Maya Okonkwo"),
            past("Buy 10 NVDA at 190.00 USD or better", "1,900.00 USD", Answer::TimedOut, ""),
            past("Buy 12 NVDA at 190.00 USD or better", "2,280.00 USD", Answer::Void, ""),
        ],
    }
}
