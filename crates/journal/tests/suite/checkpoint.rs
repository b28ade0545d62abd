//! Signed notes and checkpoints: known vectors, and a strict reader.

use journal::checkpoint::{self, Checkpoint, CheckpointError};
use journal::note::{self, NoteError, PublicKey, SigningKey};
use journal::{Hash, tree};
use std::sync::atomic::{AtomicUsize, Ordering};

// The key, text and signature of the note package of Go, from which C2SP took the format.
const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SKEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETER: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const ENOCH_VKEY: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

fn key() -> SigningKey {
    SigningKey::generate("portreeve.local/test", [7; 32]).unwrap()
}

fn signed() -> String {
    let key = key();
    key.sign(&key.checkpoint(42, tree::leaf_of(b"x"))).unwrap()
}

#[test]
fn the_key_of_go_signs_the_note_of_go() {
    let key = SigningKey::from_file_bytes(SKEY.as_bytes()).unwrap();
    assert_eq!(key.public().vkey(), VKEY);
    assert_eq!(key.to_file_bytes(), format!("{SKEY}\n").into_bytes());
    assert_eq!(key.sign_note(TEXT).unwrap(), format!("{TEXT}\n{PETER}"));
}

#[test]
fn a_note_opens_with_either_of_its_signers_and_with_nobody_else() {
    let note = format!("{TEXT}\n{PETER}{ENOCH}");
    for vkey in [VKEY, ENOCH_VKEY] {
        assert_eq!(note::open(&note, &PublicKey::from_vkey(vkey).unwrap()), Ok(TEXT));
    }
    assert_eq!(note::open(&note, key().public()), Err(NoteError::NotSigned));
}

#[test]
fn malformed_notes_are_refused_even_where_a_good_signature_stands() {
    let peter = PublicKey::from_vkey(VKEY).unwrap();
    for bad in [
        TEXT.to_owned(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n{}", &PETER[..PETER.len() - 1]),
        format!("\u{1}{TEXT}\n{PETER}"),
        format!("{TEXT}\r\n{PETER}"),
        format!("{TEXT}\n— Bad Name {}", &PETER["— PeterNeumann ".len()..]),
        format!("{TEXT}\n{PETER}Unexpected line.\n"),
        format!("{TEXT}\n{PETER}— other AAAA\n"),
        format!("{TEXT}\n{}", PETER.replace("BwJnAM=", "BwJnAN=")),
        format!("{TEXT}\n{}", PETER.repeat(note::MAX_SIGNATURES + 1)),
        format!("{TEXT}{PETER}"),
    ] {
        assert!(matches!(note::open(&bad, &peter), Err(NoteError::Malformed(_))), "{bad}");
    }
    let altered = format!("x{TEXT}\n{PETER}");
    assert_eq!(note::open(&altered, &peter), Err(NoteError::BadSignature));
    let long = "x".repeat(note::MAX_NOTE + 1);
    assert_eq!(note::open(&long, &peter), Err(NoteError::TooLong));
}

#[test]
fn a_mangled_key_is_no_key() {
    for at in 0..VKEY.len() {
        let mut bytes = VKEY.as_bytes().to_vec();
        bytes[at] += 1;
        assert!(PublicKey::from_vkey(core::str::from_utf8(&bytes).unwrap()).is_err(), "{at}");
        assert!(PublicKey::from_vkey(&VKEY[..at]).is_err());
        assert!(at == 0 || PublicKey::from_vkey(&VKEY[at..]).is_err());
        let mut bytes = SKEY.as_bytes().to_vec();
        bytes[at] += 1;
        assert!(SigningKey::from_file_bytes(&bytes).is_err());
    }
    assert!(SigningKey::generate("two words", [0; 32]).is_err());
    assert!(SigningKey::generate("", [0; 32]).is_err());
    assert!(SigningKey::from_file_bytes(b"\xff").is_err());
}

#[test]
fn a_secret_is_never_printed() {
    let key = SigningKey::from_file_bytes(SKEY.as_bytes()).unwrap();
    assert_eq!(format!("{key:?}"), format!("SigningKey {{ public: {VKEY}, .. }}"));
}

#[test]
fn the_example_of_the_c2sp_page_is_read() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::parse(text).unwrap();
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert!(checkpoint.root.to_string().starts_with("0ac5186a91863e8e"));
    assert_eq!(checkpoint.text(), text);
}

#[test]
fn a_checkpoint_is_signed_and_opened_by_its_own_log_only() {
    let key = key();
    let checkpoint = key.checkpoint(42, tree::leaf_of(b"x"));
    assert_eq!(checkpoint::open(&signed(), key.public()), Ok(checkpoint.clone()));
    let foreign = Checkpoint { origin: "elsewhere".into(), ..checkpoint };
    assert_eq!(key.sign(&foreign), Err(CheckpointError::Origin));
    let note = key.sign_note(&foreign.text()).unwrap();
    assert_eq!(checkpoint::open(&note, key.public()), Err(CheckpointError::Origin));
    let other = SigningKey::generate("portreeve.local/test", [8; 32]).unwrap();
    let error = checkpoint::open(&signed(), other.public());
    assert_eq!(error, Err(CheckpointError::Note(NoteError::NotSigned)));
}

#[test]
fn a_checkpoint_has_exactly_three_lines_in_their_one_spelling() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for (text, error) in [
        ("o\n1\n".to_owned(), CheckpointError::Lines),
        (format!("o\n1\n{root}"), CheckpointError::Lines),
        (format!("\n1\n{root}\n"), CheckpointError::Lines),
        (format!("o\n1\n{root}\nextension\n"), CheckpointError::Lines),
        (format!("o\n01\n{root}\n"), CheckpointError::Size),
        (format!("o\n+1\n{root}\n"), CheckpointError::Size),
        (format!("o\n\n{root}\n"), CheckpointError::Size),
        (format!("o\n18446744073709551616\n{root}\n"), CheckpointError::Size),
        (format!("o\n1\n{}\n", &root[4..]), CheckpointError::Root),
        ("o\n1\nnot base64\n".to_owned(), CheckpointError::Root),
    ] {
        assert_eq!(Checkpoint::parse(&text), Err(error), "{text}");
    }
}

#[test]
fn no_changed_bit_of_a_checkpoint_is_believed() {
    let (note, key) = (signed(), key());
    for bit in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(text) = core::str::from_utf8(&bytes) {
            assert!(checkpoint::open(text, key.public()).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn wild_text_is_refused_and_never_panics() {
    let key = key();
    bolero::check!().with_iterations(10_000).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        assert!(checkpoint::open(&text, key.public()).is_err());
        let shaped = format!("portreeve.local/test\n{text}\n\n— portreeve.local/test {text}\n");
        assert!(checkpoint::open(&shaped, key.public()).is_err());
        let _: Result<Checkpoint, _> = Checkpoint::parse(&text);
        if let Ok(hash) = text.parse::<Hash>() {
            assert_eq!(hash.to_string(), text);
        }
    });
}

#[test]
fn checkpoints_are_found_in_a_file_that_each_was_added_to_and_in_the_text_of_a_letter() {
    let key = key();
    let of = |size| key.sign(&key.checkpoint(size, tree::leaf_of(b"x"))).unwrap();
    let file = format!("2026-11-23T08:00:00Z\n{}\n2026-11-23T09:00:00Z\n{}\n", of(7), of(42));
    let sizes = |text: &str| -> Vec<u64> {
        checkpoint::all(text, key.public()).checkpoints.iter().map(|one| one.size).collect()
    };
    assert_eq!(sizes(&file), [7, 42]);
    let letter = format!("Dear all,\n\n{}\n-- \nPortreeve\n", of(7)).replace('\n', "\r\n");
    let found = checkpoint::all(&letter, key.public());
    assert_eq!((found.checkpoints, found.others), (vec![key.checkpoint(7, tree::leaf_of(b"x"))], vec![]));
    // Cut short in the middle of a signature, and gone on with; altered; another's: told by their lines.
    let cut = of(7);
    let torn = format!("{}\n{}", &cut[..cut.len() - 9], of(42));
    for (text, line) in [(torn, 5), (file.replacen("\n7\n", "\n8\n", 1), 6), (format!("{file}a\n1\nb\n\n{PETER}"), 19)]
    {
        let found = checkpoint::all(&text, key.public());
        assert_eq!((found.checkpoints.last().map(|one| one.size), found.others), (Some(42), vec![line]), "{text}");
    }
    for nothing in ["", "\n\n\n\n", TEXT] {
        assert_eq!(checkpoint::all(nothing, key.public()), checkpoint::Found::default(), "{nothing:?}");
    }
    // Whatever of a record is destroyed, something of it is told.
    let record = format!("2026-11-23T08:00:00Z 7 events\n{}\n", of(7));
    for (text, lines) in [
        (record.clone(), vec![]),
        (record.replace("— ", "- "), vec![1]),
        (record.replace("\n7\n", "\n\n"), vec![1, 6]),
        (record.replace(" 7 events", ""), vec![]),
        (record.lines().next().unwrap().to_owned(), vec![1]),
        ("— a\n— b\n".to_owned(), vec![1]),
        (format!("{record}{record}"), vec![]),
    ] {
        assert_eq!(checkpoint::all(&text, key.public()).others, lines, "{text}");
    }
    assert_eq!(checkpoint::all(&format!("\n{record}"), key.public()).lines, [3]);
}

#[test]
fn whatever_stands_in_a_text_what_is_found_in_it_was_signed() {
    let key = key();
    let notes: Vec<String> = (0..4).map(|n| key.sign(&key.checkpoint(n, tree::leaf_of(b"x"))).unwrap()).collect();
    let (found, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    bolero::check!().with_iterations(3_000).with_type::<(Vec<u8>, Vec<(u16, u8)>)>().for_each(|(noise, changes)| {
        let mut bytes = noise.clone();
        bytes.push(b'\n');
        notes.iter().for_each(|note| bytes.extend_from_slice(note.as_bytes()));
        for (at, byte) in changes.iter().take(3) {
            let at = usize::from(*at) % bytes.len();
            bytes[at] = *byte;
        }
        let all = checkpoint::all(&String::from_utf8_lossy(&bytes), key.public());
        assert!(all.checkpoints.len() <= 4);
        assert!(all.checkpoints.iter().all(|one| one.size < 4 && one.root == tree::leaf_of(b"x")));
        found.fetch_add(usize::from(all.checkpoints.len() == 4), Ordering::Relaxed);
        lost.fetch_add(usize::from(!all.others.is_empty()), Ordering::Relaxed);
    });
    let (found, lost) = (found.into_inner(), lost.into_inner());
    assert!(found > 0 && lost > 0, "{found} whole, {lost} altered");
}
