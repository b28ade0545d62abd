//! The command line: every verb, what it takes, and how it ends.

mod alert;
mod approval;
mod approval_file;
mod backup;
mod checkpoint_keys;
mod client;
mod config;
#[cfg(test)]
mod config_noise;
mod credential;
mod diagnose;
mod doctor;
mod dossier;
mod dossier_files;
mod dossier_index;
mod expiry;
mod incident;
mod journal;
mod journal_copy;
mod kill;
mod layout;
mod limit;
mod notices;
mod notify_keys;
mod order;
mod owner;
mod places;
mod portal;
mod portal_keys;
mod restore;
mod say;
mod seal;
mod serving;
mod status;
mod store_keys;
mod tell;
mod upstream;
mod usage;
mod user;
mod verify;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

const EXITS: &str = "Exit codes: 0 done, 1 it cannot go on, 2 wrong words, 3 refused, 4 no server";

/// Decides who and what may trade through this machine, and proves afterwards what it decided.
///
/// Without a verb it serves.
#[derive(Debug, Parser)]
#[command(name = "portreeve", version, after_help = EXITS)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Common {
    /// The data directory (by default the platform's own place for data)
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the gate: listeners for programs, the guard, the journal
    Serve(serving::Serve),
    /// Run the paper broker as a process of its own
    Paper(serving::Paper),
    /// API credentials: what programs trade through
    #[command(subcommand)]
    Credential(credential::Verb),
    /// Held orders that wait for a person
    #[command(subcommand)]
    Approval(approval::Verb),
    /// Engage the kill switch: stop what could increase risk
    Kill(kill::Kill),
    /// Release the kill switch
    Release(kill::Release),
    /// A stolen credential or session: stop everything at once
    #[command(subcommand)]
    Incident(incident::Verb),
    /// What was unusual, and what was done about it
    #[command(subcommand)]
    Alert(alert::Verb),
    /// Orders that are open, or ended today
    #[command(subcommand)]
    Order(order::Verb),
    /// Limits of a credential or an account
    #[command(subcommand)]
    Limit(limit::Verb),
    /// Notices to people that could not be delivered
    #[command(subcommand)]
    Notices(notices::Verb),
    /// The record of everything: verify, follow, export
    #[command(subcommand)]
    Journal(journal::Verb),
    /// The whole journal of this moment into a directory, also while it is served; no key is in it
    Backup(backup::Backup),
    /// A backup into a new data directory, which starts reduce-only; needs no server
    Restore(restore::Restore),
    /// What the journal proves of one order, approval, incident or period: export, verify
    #[command(subcommand)]
    Dossier(dossier::Verb),
    /// The owner: whoever holds the accounts, and signs what widens authority
    #[command(subcommand)]
    Owner(owner::Verb),
    /// Users: who may come in, and who is invited
    #[command(subcommand)]
    User(user::Verb),
    /// The master key over secrets and personal data at rest
    #[command(subcommand)]
    Seal(seal::Verb),
    /// What happened to this order, approval, credential or correlation id, and why
    Diagnose(diagnose::Diagnose),
    /// What stands at this moment
    Status,
    /// What should be looked at: the data directory, its disk, keys, journal and clock, the server, what is configured
    Doctor(doctor::Doctor),
    /// A TWS or IB Gateway that orders are to go to
    #[command(subcommand)]
    Upstream(upstream::Verb),
    /// The portal: the pages for people
    #[command(subcommand)]
    Portal(portal::Verb),
    /// Configuration files
    #[command(subcommand)]
    Config(config::Verb),
}

/// How a verb ends other than well.
#[derive(Debug)]
pub(crate) enum End {
    /// What was asked makes no sense.
    Usage(String),
    Refused(Box<say::Refusal>),
    NoServer {
        socket: PathBuf,
        why: client::NoAnswer,
    },
    /// The process itself cannot go on.
    Failed {
        why: String,
        remedy: String,
    },
}

impl From<say::Refusal> for End {
    fn from(refusal: say::Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl End {
    pub fn failed(why: impl std::fmt::Display, remedy: &str) -> Self {
        Self::Failed { why: why.to_string(), remedy: remedy.to_owned() }
    }
}

/// For what a system refuses for reasons of its own.
pub(crate) const SYSTEM: &str = "Look at what the system says, and try again.";
/// For files that cannot be written.
pub(crate) const PLACE: &str = "Choose a place that exists, has room and may be written.";

pub(crate) type Done = Result<(), End>;

pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let json = cli.common.json;
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => say::end(&end, json),
    }
}

fn dispatch(cli: Cli) -> Done {
    let common = cli.common;
    match cli.verb {
        None => serving::serve(&common, serving::Serve::default()),
        Some(Verb::Serve(own)) => serving::serve(&common, own),
        Some(Verb::Paper(paper)) => serving::paper(&common, paper),
        Some(Verb::Credential(verb)) => credential::run(&common, verb),
        Some(Verb::Approval(verb)) => approval::run(&common, verb),
        Some(Verb::Kill(kill)) => kill::kill(&common, kill),
        Some(Verb::Release(release)) => kill::release(&common, release),
        Some(Verb::Alert(verb)) => alert::run(&common, verb),
        Some(Verb::Incident(verb)) => incident::run(&common, verb),
        Some(Verb::Order(verb)) => order::run(&common, verb),
        Some(Verb::Limit(verb)) => limit::run(&common, verb),
        Some(Verb::Owner(owner::Verb::Enrol)) => owner::enrol(&common),
        Some(Verb::User(user::Verb::List)) => user::list(&common),
        Some(Verb::Journal(verb)) => journal::run(&common, verb),
        Some(Verb::Backup(asked)) => backup::run(&common, &asked),
        Some(Verb::Restore(asked)) => restore::run(&common, &asked),
        Some(Verb::Dossier(verb)) => dossier::run(&common, verb),
        Some(Verb::Notices(verb)) => notices::run(&common, verb),
        Some(Verb::Seal(verb)) => seal::run(&common, verb),
        Some(Verb::Diagnose(diagnose)) => diagnose::run(&common, &diagnose),
        Some(Verb::Doctor(asked)) => doctor::run(&common, asked),
        Some(Verb::Status) => status::run(&common),
        Some(Verb::Upstream(verb)) => upstream::run(&common, verb),
        Some(Verb::Portal(verb)) => portal::run(&common, verb),
        Some(Verb::Config(verb)) => config::run(&common, verb),
    }
}
