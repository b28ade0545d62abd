//! Standing: what binds each credential and account and what it has used up, side by side in memory.
//!
//! All that the guard reads of a customer who has nothing open: a few lines of memory inside the state
//! itself, because with a million customers it is memory that the guard waits for.

use crate::bounds::Bounds;
use crate::id::{AccountId, CredentialId};
use crate::meter::Meter;
use smallvec::SmallVec;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Standing {
    pub credentials: Rows<CredentialId>,
    pub accounts: Rows<AccountId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Row<Id> {
    pub id: Id,
    /// Always what the record says.
    pub bounds: Bounds,
    pub meter: Meter,
}

/// The first one is inside, where most customers have their only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<Id>(SmallVec<[Row<Id>; 1]>);

impl<Id> Default for Rows<Id> {
    fn default() -> Self {
        Self(SmallVec::new_const())
    }
}

impl<Id: Copy + PartialEq> Rows<Id> {
    #[inline]
    pub fn get(&self, id: Id) -> Option<&Row<Id>> {
        match self.0.as_slice() {
            [row, ..] if row.id == id => Some(row),
            rows => rows.iter().skip(1).find(|row| row.id == id),
        }
    }

    fn entry(&mut self, id: Id, change: impl FnOnce(&mut Row<Id>)) {
        if let Some(row) = self.0.iter_mut().find(|row| row.id == id) {
            return change(row);
        }
        let mut row = Row { id, bounds: Bounds::CLOSED, meter: Meter::default() };
        change(&mut row);
        self.0.push(row);
    }

    /// What its record says now; what it has used up stays.
    pub fn bind(&mut self, id: Id, bounds: Bounds) {
        self.entry(id, |row| row.bounds = bounds);
    }

    pub fn meter(&mut self, id: Id, change: impl FnOnce(&mut Meter)) {
        self.entry(id, |row| change(&mut row.meter));
    }
}
