//! The order of the self-check, in front of a venue that answers as a test says.

use super::peer::Peer;
use super::{CLIENT_ID, Outcome, Step, steps};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tws::{
    Contract, FrameReader, HelloReader, OpenOrder, OrderStatus, PlaceOrder, Protocol, Request, Response, frame,
    negotiate, server_hello,
};

const NUMBER: i32 = 7;

/// Answers every request as it is told to, and hands each on.
fn venue(answer: impl Fn(&Request) -> Vec<Response> + Send + 'static) -> (Peer, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (told, asked) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = HelloReader::new();
        let version = loop {
            hello.push(&read(&mut stream));
            if let Some(said) = hello.poll().unwrap() {
                break negotiate(&said, Protocol::Text).unwrap();
            }
        };
        stream.write_all(&server_hello(version, "20261123 10:00:00 UTC")).unwrap();
        let mut frames: FrameReader = hello.into_frames(1 << 20);
        loop {
            let Some(payload) = frames.next().unwrap() else {
                match read(&mut stream) {
                    bytes if bytes.is_empty() => return,
                    bytes => frames.push(&bytes),
                }
                continue;
            };
            let request = Request::decode(version, &payload).unwrap();
            let said = match &request {
                Request::StartApi { .. } => vec![
                    Response::ManagedAccounts { accounts: vec!["DU1".to_owned()] },
                    Response::NextValidId { order_id: NUMBER },
                ],
                other => answer(other),
            };
            drop(told.send(request));
            let bytes: Vec<u8> = said.iter().flat_map(|each| frame(&each.encode(version))).collect();
            if stream.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    let mut peer = Peer::connect(address, CLIENT_ID).unwrap();
    peer.patience = Duration::from_secs(2);
    (peer, asked)
}

fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; 64 * 1024];
    let count = stream.read(&mut bytes).unwrap_or(0);
    bytes.truncate(count);
    bytes
}

fn status(word: &str) -> Response {
    Response::OrderStatus(Box::new(OrderStatus { order_id: NUMBER, status: word.to_owned(), ..OrderStatus::default() }))
}

fn code(code: i32) -> Response {
    Response::Error { request_id: NUMBER, code, text: "a remark".to_owned(), reject_json: String::new() }
}

fn open(place: &PlaceOrder) -> Response {
    let (contract, order) = (place.contract.clone(), place.order.clone());
    Response::OpenOrder(Box::new(OpenOrder { order_id: NUMBER, contract, order, ..OpenOrder::default() }))
}

/// What came of placing, changing and cancelling, and whether the last thing that was asked is the cancel.
fn tried(answer: impl Fn(&Request) -> Vec<Response> + Send + 'static) -> Vec<(Outcome, String)> {
    let (mut peer, asked) = venue(answer);
    let mut taken: Vec<Step> = Vec::new();
    steps::orders(&mut peer, &Contract::default(), (21_850, 21_620), &mut taken);
    drop(peer);
    let names: Vec<&str> = taken.iter().map(|step| step.step).collect();
    assert_eq!(names, ["place", "change", "cancel"]);
    let last = asked.iter().last();
    assert!(matches!(last, Some(Request::CancelOrder { order_id: NUMBER, .. })), "{last:?}");
    taken.into_iter().map(|step| (step.outcome, step.said)).collect()
}

fn outcomes(answer: impl Fn(&Request) -> Vec<Response> + Send + 'static) -> [Outcome; 3] {
    let all: Vec<Outcome> = tried(answer).into_iter().map(|(outcome, _)| outcome).collect();
    all.try_into().unwrap()
}

use Outcome::{Failed, NotTried, Ok as Good};

#[test]
fn remarks_on_an_order_end_nothing() {
    let all = outcomes(|request| match request {
        Request::PlaceOrder(place) => {
            vec![code(2_109), code(10_349), code(399), open(place), status("PreSubmitted"), open(place)]
        }
        Request::CancelOrder { .. } => vec![code(2_109), code(202), status("Cancelled")],
        _ => vec![],
    });
    assert_eq!(all, [Good, Good, Good]);
}

#[test]
fn an_order_that_was_written_is_cancelled_whatever_was_said_of_it() {
    // Nothing in time, a no that comes with a resting order, and an order that is told as inactive.
    for said in [vec![], vec![code(201)], vec![status("Inactive")], vec![status("PendingSubmit")]] {
        let all = outcomes(move |request| match request {
            Request::PlaceOrder(_) => said.clone(),
            Request::CancelOrder { .. } => vec![status("Cancelled")],
            _ => vec![],
        });
        assert_eq!(all, [Failed, NotTried, Good]);
    }
    let refused = outcomes(|request| match request {
        Request::PlaceOrder(_) => vec![code(201)],
        Request::CancelOrder { .. } => vec![code(10_147)],
        _ => vec![],
    });
    assert_eq!(refused, [Failed, NotTried, Good], "there is nothing that rests");
}

#[test]
fn a_cancel_that_is_not_confirmed_is_said() {
    for said in [vec![], vec![code(161)], vec![status("Filled")], vec![status("PendingCancel")]] {
        let all = tried(move |request| match request {
            Request::PlaceOrder(place) => vec![open(place), status("Submitted")],
            Request::CancelOrder { .. } => said.clone(),
            _ => vec![],
        });
        assert_eq!(all[2].0, Failed);
        assert!(all[2].1.contains("was not confirmed") && all[2].1.contains("cancel it there"), "{all:?}");
    }
}

#[test]
fn terms_from_before_a_change_do_not_answer_it() {
    let first = std::sync::Mutex::new(None);
    let all = outcomes(move |request| match request {
        Request::PlaceOrder(place) => {
            let mut first = first.lock().unwrap();
            vec![open(first.get_or_insert(place.as_ref().clone())), status("Submitted")]
        }
        Request::CancelOrder { .. } => vec![status("Cancelled")],
        _ => vec![],
    });
    assert_eq!(all, [Good, Failed, Good]);
}
