//! Connecting: what is wrong is said by name, and nothing is traded before it is right.

use super::upstream::{Past, Upstream, error, soon};
use kernel::time::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tws::Response;
use venue::tws::{ConnectError, TwsVenue};

#[tokio::test]
async fn an_address_on_another_machine_is_refused() {
    let told = TwsVenue::connect("192.0.2.1:4002".parse().unwrap(), None, || Timestamp(0)).await;
    assert!(matches!(told, Err(ConnectError::NotLoopback(_))), "{told:?}");
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_named() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let told = TwsVenue::connect(address, None, || Timestamp(0)).await;
    assert!(matches!(told, Err(ConnectError::NothingListens(..))), "{told:?}");
}

#[tokio::test]
async fn a_server_of_another_protocol_is_no_tws() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, ()) = tokio::join!(TwsVenue::connect(address, None, || Timestamp(0)), async {
        let (mut stream, _) = soon(listener.accept()).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    assert!(matches!(told, Err(ConnectError::NotATws(_))), "{told:?}");
}

#[tokio::test]
async fn a_server_version_that_is_not_spoken_is_named() {
    for (answer, version) in [(&b"100\x0020261122 10:00:00 UTC\0"[..], 100), (b"213\x0020261122 10:00:00 UTC\0", 213)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, ()) = tokio::join!(TwsVenue::connect(address, None, || Timestamp(0)), async {
            let (mut stream, _) = soon(listener.accept()).await.unwrap();
            stream.write_all(&tws::frame(answer)).await.unwrap();
        });
        assert!(matches!(told, Err(ConnectError::Version(number)) if number == version), "{told:?}");
    }
}

#[tokio::test]
async fn a_client_id_that_stays_in_use_is_named() {
    let upstream = Upstream::bind().await;
    let turning_away = async {
        loop {
            upstream.start().await.say(&[error(-1, 326, "client id in use")]).await;
        }
    };
    let told = tokio::select! {
        told = upstream.connect() => told,
        () = turning_away => unreachable!(),
    };
    assert!(matches!(told, Err(ConnectError::ClientIdInUse(7_300))), "{told:?}");
}

#[tokio::test]
async fn a_client_id_that_an_earlier_process_still_holds_is_waited_for() {
    let upstream = Upstream::bind().await;
    let (told, ()) = tokio::join!(upstream.connect(), async {
        upstream.start().await.say(&[error(-1, 326, "client id in use")]).await;
        upstream.accept(1, Past::default()).await;
    });
    assert!(told.is_ok(), "{told:?}");
}

#[tokio::test]
async fn a_live_account_is_refused_even_beside_a_paper_one_until_one_is_named() {
    let upstream = Upstream::bind().await;
    let (told, ()) = tokio::join!(upstream.connect(), async {
        let accounts = vec!["DU1".to_owned(), "U7654321".to_owned()];
        let told = [Response::ManagedAccounts { accounts }, Response::NextValidId { order_id: 1 }];
        upstream.start().await.say(&told).await;
    });
    assert!(matches!(told, Err(ConnectError::Live(number)) if number == "U7654321"));
    let connecting = TwsVenue::connect(upstream.address(), Some("U7654321".to_owned()), || Timestamp(0));
    let (told, ()) = tokio::join!(connecting, async {
        let mut peer = upstream.greet_for(&["DU1", "U7654321"], 1).await;
        peer.tell(Past::default()).await;
    });
    assert_eq!(told.unwrap().accounts(), ["DU1", "U7654321"]);
    for (named, paper) in [("U7654321", false), ("DU1", true)] {
        let accounts = if paper { vec!["DU1".to_owned(), "U9".to_owned()] } else { vec!["U9".to_owned()] };
        let upstream = Upstream::bind().await;
        let connecting = TwsVenue::connect(upstream.address(), Some(named.to_owned()), || Timestamp(0));
        let (told, ()) = tokio::join!(connecting, async {
            let told = [Response::ManagedAccounts { accounts }, Response::NextValidId { order_id: 1 }];
            upstream.start().await.say(&told).await;
        });
        assert!(matches!(&told, Err(ConnectError::Live(_) | ConnectError::NoAccount(..))), "{told:?}");
        assert_eq!(matches!(&told, Err(ConnectError::Live(_))), paper, "a live login is not used for a paper account");
    }
    assert!(TwsVenue::is_live("U7654321") && TwsVenue::is_live("DF1") && !TwsVenue::is_live("DU1"));
}
