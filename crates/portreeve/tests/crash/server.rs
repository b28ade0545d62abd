//! Server: the PostgreSQL under the gate crashes, and comes back; what the gate does meanwhile, and afterwards.

use super::disk::Scene;
use super::process::{World, until};
use super::record::Ours;
use crate::cluster::Cluster;
use crate::served::Home;

#[test]
fn while_postgresql_is_gone_trading_refuses_and_a_kill_acts_and_it_goes_on_by_itself_when_it_is_back() {
    let (home, cluster) = (Home::new(), Cluster::start(""));
    let mut scene = Scene::over(World::told(&home.0, home.data(), &["--store", &cluster.url()]));
    // A crash of the server that is over before anybody notices costs no order.
    cluster.tell("stop");
    cluster.tell("start");
    until("an order is taken again", || match scene.place() {
        (false, _) => Ok(()),
        (true, why) if why.contains("not_recorded") => Err(why),
        (true, why) => panic!("{why}"),
    });
    let killed = scene.world.ask("order list");
    let extra: Vec<_> = killed.as_array().unwrap().iter().filter_map(|order| order["id"].as_str()).collect();
    assert_eq!(extra.len(), 4, "{killed}");
    cluster.tell("stop");
    scene.trading_refuses();
    scene.a_kill_acts();
    cluster.tell("start");
    until("the kill is recorded as soon as the server is back", || {
        let kills = Ours::read(&scene.world.gate_data).state.customer.kills;
        if kills.len() == 1 { Ok(()) } else { Err(format!("{kills:?}")) }
    });
    scene.nothing_is_corrupt();
    scene.world.ask("release --credential one");
    until("trading goes on", || match scene.place() {
        (false, _) => Ok(()),
        (true, why) => Err(why),
    });
}
