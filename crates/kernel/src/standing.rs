//! Standing: what binds each credential and account and what it has used up, side by side in memory.
//!
//! A credential's row is all that the guard reads of a customer who has nothing open: four lines of memory,
//! fetched as two pairs, because with a million customers it is memory that the guard waits for.

use crate::bounds::Bounds;
use crate::id::{AccountId, CredentialId};
use crate::meter::Meter;
use alloc::vec::Vec;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Standing {
    pub credentials: Rows<CredentialId>,
    pub accounts: Rows<AccountId>,
}

impl Standing {
    /// After each event, so that a row says by itself whether an order needs more than the row.
    pub fn settle(&mut self, nothing_engaged: bool, nothing_open: bool) {
        let silent = |account: &&Row<AccountId>| account.bounds == Bounds::OPEN;
        let account = self.accounts.first.as_ref().filter(|_| nothing_engaged && nothing_open).filter(silent);
        let quiet = account.map(|account| account.id);
        let rows = self.credentials.first.iter_mut().chain(&mut self.credentials.rest);
        rows.for_each(|row| row.quiet = quiet.filter(|_| !row.bounds.levered && !row.bounds.sized));
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Row<Id> {
    pub id: Id,
    /// Always what the record says.
    pub bounds: Bounds,
    pub meter: Meter,
    /// Of a credential: the account on which nothing but this row can stand in the way of an order. That account
    /// states and restricts nothing, no kill switch is engaged, no order is open and no position is held; and the credential
    /// states nothing of what may be held or what an account may bear, for that is measured on all of it.
    pub quiet: Option<AccountId>,
}

/// Two pairs of lines. One begins and one ends with what is read first, so that both are on their way at once.
const _: () = assert!(size_of::<Option<Row<CredentialId>>>() == 256);

/// The first one is inside, where most customers have their only one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Rows<Id> {
    first: Option<Row<Id>>,
    rest: Vec<Row<Id>>,
}

impl<Id> Default for Rows<Id> {
    fn default() -> Self {
        Self { first: None, rest: Vec::new() }
    }
}

impl<Id: Copy + PartialEq> Rows<Id> {
    #[inline]
    pub fn get(&self, id: Id) -> Option<&Row<Id>> {
        match &self.first {
            Some(row) if row.id == id => Some(row),
            Some(_) | None => self.rest.iter().find(|row| row.id == id),
        }
    }

    fn entry(&mut self, id: Id, change: impl FnOnce(&mut Row<Id>)) {
        if let Some(row) = self.first.iter_mut().chain(&mut self.rest).find(|row| row.id == id) {
            return change(row);
        }
        let mut row = Row { id, bounds: Bounds::CLOSED, meter: Meter::NEW, quiet: None };
        change(&mut row);
        match self.first {
            None => self.first = Some(row),
            Some(_) => self.rest.push(row),
        }
    }

    /// What its record says now; what it has used up stays.
    pub fn bind(&mut self, id: Id, bounds: Bounds) {
        self.entry(id, |row| row.bounds = bounds);
    }

    pub fn meter(&mut self, id: Id, change: impl FnOnce(&mut Meter)) {
        self.entry(id, |row| change(&mut row.meter));
    }
}
