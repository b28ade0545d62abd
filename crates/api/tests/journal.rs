//! `/v1/journal`: head, checkpoint, tail.

use crate::world::World;
use serde_json::json;

#[tokio::test]
async fn a_checkpoint_is_signed_over_the_head() {
    let world = World::new().await;
    let (_, head) = world.get("/v1/journal/head").await;
    let (status, signed) = world.get("/v1/journal/checkpoint").await;
    assert_eq!((status, &signed["size"], &signed["root"]), (200, &head["size"], &head["root"]));
    let checkpoint = journal::checkpoint::open(signed["note"].as_str().unwrap(), world.key.public()).unwrap();
    assert_eq!(
        (json!(checkpoint.size), checkpoint.root.to_string()),
        (head["size"].clone(), head["root"].as_str().unwrap().to_owned())
    );
    assert_eq!(signed["key"], world.key.public().vkey());
}

#[tokio::test]
async fn the_tail_tells_every_event_once_from_where_it_is_asked() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    let (_, all) = world.get("/v1/journal/tail?from=0").await;
    let all = all.as_array().unwrap();
    let positions: Vec<u64> = all.iter().map(|event| event["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (0..positions.len() as u64).collect::<Vec<_>>());
    assert_eq!(all[0]["tag"], "customer.opened");
    let (_, last) = world.get("/v1/journal/tail?last=1").await;
    assert_eq!((last.as_array().unwrap().len(), &last[0]["tag"]), (1, &json!("credential.created")));
    assert_eq!(world.get("/v1/journal/tail?from=1000000").await, (200, json!([])));
}

#[tokio::test]
async fn every_event_of_the_tail_says_who_did_what_and_a_no_what_to_do() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({ "order_value": "1000" })).await;
    assert!(world.place(bot, 1, "10", true).await.is_err());
    let (_, all) = world.get("/v1/journal/tail?from=0").await;
    for event in all.as_array().unwrap() {
        assert!(event["by"].as_str().is_some_and(|by| !by.is_empty()), "{event}");
        assert!(event["text"].as_str().is_some_and(|text| !text.is_empty()), "{event}");
    }
    let told = |tag: &str| all.as_array().unwrap().iter().find(|event| event["tag"] == tag).unwrap();
    let (created, refused) = (told("credential.created"), told("order.refused"));
    assert!(created["by"].as_str().unwrap().starts_with("local(") && created.get("remedy").is_none(), "{created}");
    assert_eq!(refused["by"], "bot");
    let text = refused["text"].as_str().unwrap();
    assert!(text.starts_with("asked to buy 10 AAPL") && text.contains("above the limit of 1,000"), "{text}");
    assert!(refused["remedy"].as_str().unwrap().contains("portreeve limit set"), "{refused}");
}
