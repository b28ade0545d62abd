//! A bot: an account, and an API credential that may do everything there within these limits.

use super::{House, START};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::CredentialId;
use kernel::money::Currency;
use kernel::scope::{Scope, Scopes};
use service::actor::CustomerActor;
use service::credential::{AfterChange, Closed, Wanted, create};
use service::node::answer;
use std::sync::Arc;

const ACCOUNT: &str = "DU1";

impl House {
    pub async fn bot(
        &self,
        actor: &Arc<CustomerActor>,
        limits: serde_json::Value,
        otherwise: impl FnOnce(&mut Wanted),
    ) -> CredentialId {
        let (number, base_currency) = (ACCOUNT.to_owned(), Currency::parse("USD").unwrap());
        answer(actor.submit(Actor::House, Command::OpenAccount { number, base_currency, live: false })).await.unwrap();
        self.paper.open_account(ACCOUNT, "USD", 1_000_000.into(), START).await.unwrap();
        let mut wanted = Wanted {
            name: "bot".to_owned(),
            scopes: Some(Scopes::of(&Scope::ALL)),
            accounts: vec![ACCOUNT.to_owned()],
            instruments: vec!["stock".to_owned()],
            limits: serde_json::from_value(limits).unwrap(),
            ..Wanted::default()
        };
        otherwise(&mut wanted);
        let after: AfterChange = Box::new(|_| Box::pin(async { Closed::new() }));
        create(actor, Actor::House, &wanted, 1_000, &after).await.unwrap().id
    }
}
