//! Words: every refusal the kernel can give is told in words, with a remedy, and with all its figures.

use kernel::account::Refusal as Account;
use kernel::alert::Refusal as Alert;
use kernel::api_credential::Refusal as Credential;
use kernel::approval::Refusal as Approval;
use kernel::authenticator::Refusal as Authenticator;
use kernel::change::Refusal as Change;
use kernel::customer::Refusal as Customer;
use kernel::device::Refusal as Device;
use kernel::enrolment::Refusal as Enrolment;
use kernel::evidence::Capability;
use kernel::guard::Refusal as Guard;
use kernel::incident::Refusal as Incident;
use kernel::invitation::Refusal as Invitation;
use kernel::kill_switch::Refusal as KillSwitch;
use kernel::leverage::Refusal as Strained;
use kernel::limits::Limits;
use kernel::money::{Amount, Leverage, Price, Quantity};
use kernel::notice::Refusal as Notice;
use kernel::order::Malformed;
use kernel::people::Refusal as People;
use kernel::push::Refusal as Push;
use kernel::refusal::{Family, Order, OrderNumber, Refusal};
use kernel::scope::Scope;
use kernel::session::Refusal as Session;
use kernel::source::Refusal as Source;
use kernel::ticket::Refusal as Ticket;
use kernel::time::Timestamp;
use kernel::user::{Refusal as User, Role};
use std::collections::BTreeSet;

/// All of one kind. A new variant does not compile until it is named here.
macro_rules! each {
    ($of:ident { $($name:ident $({ $($field:ident: $value:expr),* })?),* $(,)? }) => {{
        let _named = |refusal: $of| match refusal { $($of::$name $({ $($field: _),* })? => {}),* };
        [$($of::$name $({ $($field: $value),* })?),*]
    }};
}

/// The same, as the kernel gives them.
macro_rules! every {
    ($of:ident $names:tt) => {
        each!($of $names).map(Refusal::$of)
    };
}

fn of_people() -> Vec<Refusal> {
    let _kinds = |refusal: People| match refusal {
        People::Enrolment(_) | People::Authenticator(_) | People::Device(_) | People::Session(_) => {}
        People::Notice(_) | People::Push(_) | People::NotProven | People::FactorMissing | People::Restricted => {}
        People::RoleMissing { .. } | People::OwnerMustSign => {}
        People::User(_) | People::Invitation(_) => {}
    };
    let mut all = vec![People::NotProven, People::FactorMissing, People::Restricted, People::OwnerMustSign];
    all.push(People::RoleMissing { role: Role::Viewer });
    all.extend(each!(Enrolment { OwnerEnrolled, LinkVoid, NameTaken }).map(People::from));
    all.extend(
        each!(Authenticator {
            NotFound,
            Disabled,
            EvidenceStale,
            NotVerified,
            WrongChallenge,
            TooMany,
            LastOne,
            CredentialTaken,
        })
        .map(People::from),
    );
    all.extend(
        each!(Device {
            NotFound,
            Pending,
            Revoked,
            TrustExpired,
            TooMany,
            CodeVoid,
            PairingVoid,
            NotPaired,
            PairsItself,
            TooNewToMove,
            Shared,
        })
        .map(People::from),
    );
    all.extend(
        each!(Session {
            Unknown,
            Idle,
            Expired,
            LoggedOutEverywhere,
            StepUp { needs: Capability::Move },
            InterfaceNotBuilt,
        })
        .map(People::from),
    );
    all.extend(each!(Notice { NotFound, NoEmail }).map(People::from));
    all.extend(each!(Push { NotOn, OtherDevice, SharedDevice, NotAHost }).map(People::from));
    all.extend(each!(User { NotFound, LastOwner }).map(People::from));
    all.extend(each!(Invitation { NotFound, NotYours, RoleNotBuilt, BadLabel, TooMany }).map(People::from));
    all.into_iter().map(Refusal::People).collect()
}

fn of_the_guard() -> Vec<Refusal> {
    let (quantity, amount) = (Quantity::from_units(100_000_000), Amount::from_units(1));
    let strained = each!(Strained {
        NoFreshFigures,
        Leverage { value: amount, net: amount, limit: Leverage::MAX },
        MarginUse { value: amount, net: amount, limit: 5_000 },
        TooLarge,
    });
    every!(Guard {
        KillSwitch,
        CloseOnly { why: kernel::ticket::CloseOnly::NothingStated },
        Uncovers,
        RepeatedExecution,
        MessageRate { per_second: 10 },
        OrderRate { per_second: 5 },
        InstrumentNotAllowed,
        InstrumentRestricted,
        OrderTypeNotAllowed,
        NotYoursToClose { own: quantity },
        ShortSale { position: quantity },
        OptionWriting { position: quantity },
        OutsideHours,
        NoClose,
        OrderQuantity { limit: quantity },
        PositionQuantity { position: quantity, limit: quantity },
        NoFreshQuote,
        PriceCollar { bound: Price::from_units(1) },
        OrderValueNotStated,
        OrderValue { value: amount, limit: amount },
        DayValueNotStated,
        DayValue { used: amount, value: amount, limit: amount },
        DayCount { limit: 200 },
        OpenOrders { limit: 20 },
        OpenValue { used: amount, value: amount, limit: amount },
        Strained { why: Strained::NoFreshFigures },
        Duplicate,
        CrossesOwnOrder,
        TooLarge,
        BelowFilled { filled: quantity },
    })
    .into_iter()
    // The first stands above; a number that does not fit is one refusal, whoever meets it.
    .chain(strained.into_iter().skip(1).take(2).map(|why| Guard::Strained { why }.into()))
    .collect()
}

fn of_credentials() -> Vec<Refusal> {
    every!(Credential {
        NotFound,
        Suspended,
        Revoked,
        Expired,
        Dormant,
        ScopeMissing { scope: Scope::OrderSubmit },
        AccountNotAllowed,
        WrongSecret,
        WrongPeer,
        NameTaken,
        BadName,
        PortTaken,
        TooMany,
        TradingNeedsAccounts,
        TradingNeedsInstruments,
        TradingNeedsLimits,
        TradingNeedsExpiry,
        ObserveNeedsAccountLimits,
        ExpiryTooFar,
        IsTicket,
    })
    .to_vec()
}

fn all() -> Vec<Refusal> {
    let _kinds = |refusal: Refusal| match refusal {
        Refusal::Customer(_) | Refusal::Account(_) | Refusal::Credential(_) | Refusal::KillSwitch(_) => {}
        Refusal::Approval(_) | Refusal::Guard(_) | Refusal::Malformed(_) | Refusal::OrderNumber(_) => {}
        Refusal::Order(_) | Refusal::People(_) | Refusal::Change(_) | Refusal::Source(_) => {}
        Refusal::NotYours | Refusal::ChangedMeanwhile | Refusal::Family(_) => {}
        Refusal::Ticket(_) | Refusal::Incident(_) | Refusal::Alert(_) | Refusal::Limit(_) => {}
    };
    let mut all = vec![Refusal::NotYours, Refusal::ChangedMeanwhile];
    let beyond = Limits { dead_man_seconds: Some(1), ..Limits::NONE }.check();
    all.extend(beyond.err().map(Refusal::from));
    all.extend(of_the_guard());
    all.extend(of_credentials());
    all.extend(of_people());
    all.extend(every!(Change {
        NotPending,
        TooManyPending,
        AloneTooSoon { at: Timestamp(1_790_000_000_000) },
        SecondAuthenticator,
    }));
    all.extend(every!(Ticket { NotOpen, FormSent { order: kernel::id::OrderId::new(1, 1) }, FormTooOld, NoTimer }));
    all.extend(every!(Source { Throttled { until: Timestamp(1_790_000_000_000) } }));
    all.extend(every!(Customer { AlreadyOpen, NotOpen }));
    all.extend(every!(Account { NumberTaken, BadNumber, LiveNeedsOwner, NotFound }));
    all.extend(every!(KillSwitch { NotEngaged }));
    all.extend(every!(Incident { NotOpen }));
    all.extend(every!(Approval {
        TooManyPending,
        NotPending,
        OwnRequest,
        OtherDevice,
        SignedAlready,
        OutOfReach,
        TakesTwo
    }));
    all.extend(every!(Alert { NotOpen }));
    all.extend(every!(Family {
        ParentNotWaiting,
        Broken,
        DoesNotClose,
        GroupOfItsOwn,
        NeedsApproval,
        ParkedNotChanged,
    }));
    all.extend(every!(Malformed { Quantity, Price, Label, Combination }));
    all.extend(every!(OrderNumber { Used { next: 7 }, OutOfRange }));
    all.extend(every!(Order {
        NotOpen,
        CannotChangeThat,
        ChangePending,
        CancelPending,
        OutcomeUnknown,
        ChangeNeedsApproval,
        VenueLost,
    }));
    all
}

/// What a text asks to be told: the names between braces.
fn asked_for(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_refusal_of_the_kernel_has_words_and_a_remedy() {
    for refusal in all() {
        let known = lexicon::all().any(|entry| entry.code == refusal.code());
        assert!(known, "{} has no words", refusal.code());
    }
}

#[test]
fn every_figure_that_the_words_name_is_given() {
    for refusal in all() {
        let reason = refusal.reason();
        let entry = lexicon::all().find(|entry| entry.code == reason.code).unwrap();
        let given: BTreeSet<&str> = reason.facts.iter().map(|(name, _)| name.as_str()).collect();
        for name in asked_for(entry.text).into_iter().chain(asked_for(entry.remedy)) {
            assert!(given.contains(name), "{} does not give {name}", reason.code);
        }
        let told = lexicon::refusal(&reason.code, &reason.facts);
        assert!(!format!("{}{}", told.text, told.remedy).contains(['{', '}']), "{told:?}");
    }
}

#[test]
fn no_two_refusals_share_a_code() {
    let codes: BTreeSet<&str> = all().iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), all().len());
}
