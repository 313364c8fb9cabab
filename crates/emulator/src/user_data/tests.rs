use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{Boot, LARGEST_BYTES, Stage, read};

fn names(boot: &Boot) -> Vec<&str> {
    boot.steps.iter().map(|step| step.name.as_str()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_script_is_run_as_it_is() {
    let boot = read(b"#!/bin/sh\necho \xff\n");
    assert_eq!(names(&boot), ["user-data"]);
    assert_eq!(boot.steps[0].text, b"#!/bin/sh\necho \xff\n");
    assert!(boot.notes.is_empty() && boot.files.is_empty());
    assert_eq!(read(b""), Boot::default());
}

#[test]
fn a_script_from_windows_is_told_why_it_will_not_start() {
    let boot = read(b"#!/bin/sh\r\necho\r\n");
    assert!(boot.notes[0].contains("as on Windows"), "{:?}", boot.notes);
    assert_eq!(names(&boot), ["user-data"]);
}

/// As AWS's own pages show it: scripts that run at every boot.
const MULTIPART: &str = "Content-Type: multipart/mixed; boundary=\"//\"
MIME-Version: 1.0

--//
Content-Type: text/cloud-config; charset=\"us-ascii\"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename=\"cloud-config.txt\"

#cloud-config
cloud_final_modules:
- [scripts-user, always]
runcmd:
- echo last

--//
Content-Type: text/x-shellscript; charset=\"us-ascii\"

#!/bin/bash
/bin/echo \"Hello World\" >> /tmp/testfile.txt
--//
Content-Type: text/cloud-boothook

#cloud-boothook
#!/bin/sh
echo early
--//
Content-Type: text/x-shellscript

#!/bin/sh
echo second
--//--
";

#[test]
fn parts_run_in_the_order_of_cloud_init() {
    let boot = read(MULTIPART.as_bytes());
    assert_eq!(
        names(&boot),
        ["boothook", "user-data-1", "user-data-2", "runcmd"]
    );
    assert_eq!(boot.steps[0].text, b"#!/bin/sh\necho early");
    assert_eq!(boot.steps[0].stage, Stage::Early);
    assert!(boot.notes.is_empty(), "{:?}", boot.notes);
}

#[test]
fn what_is_packed_is_unpacked_to_a_bound() {
    let boot = read(&packed(MULTIPART.as_bytes()));
    assert_eq!(boot, read(MULTIPART.as_bytes()));
    let bomb = packed(&vec![b'#'; (16 << 20) + 1]);
    assert!(bomb.len() < LARGEST_BYTES, "AWS would take it");
    let boot = read(&packed(&bomb));
    assert_eq!(boot, read(&bomb));
    assert_eq!(
        boot.notes,
        ["user-data: gzip of more than 16 MiB: it is not run"]
    );
    assert!(boot.steps.is_empty());
}

#[test]
fn parts_without_end_are_not_read_without_end() {
    let mut deep = b"#!/bin/sh\n".to_vec();
    for _ in 0..20 {
        deep = packed(&deep);
    }
    let boot = read(&deep);
    assert!(boot.steps.is_empty() && boot.notes.len() == 1, "{boot:?}");
    let many = "--b\n\n#!/bin/sh\n".repeat(1000);
    let boot = read(format!("Content-Type: multipart/mixed; boundary=b\n\n{many}").as_bytes());
    assert_eq!((boot.steps.len(), boot.notes.len()), (63, 1));
}

#[test]
fn what_is_too_large_or_unknown_is_not_run() {
    let boot = read(&vec![b'#'; LARGEST_BYTES + 1]);
    assert!(
        boot.notes[0].contains("16384 is the most"),
        "{:?}",
        boot.notes
    );
    let boot = read(b"hello");
    assert_eq!(boot.notes, ["user-data is not a script, so it is not run"]);
    let boot = read(b"#include\nhttp://example.com/script\n");
    assert!(
        boot.notes[0].contains("needs a network"),
        "{:?}",
        boot.notes
    );
    assert!(boot.steps.is_empty());
}

const CONFIG: &str = r#"#cloud-config
hostname: web.example.com
package_update: true
packages: [nginx]
users:
- default
spelt_wrong: 1
bootcmd:
- echo boot
write_files:
- path: /home/user/late
  content: late
  defer: true
- path: /home/user/a b/it's
  content: |
    hello
  permissions: '0750'
- path: /tmp/packed
  encoding: gz+b64
  content: PACKED
- path: /etc/motd
  content: !!binary aGk=
  owner: root:root
  append: true
- path: relative
- {content: x}
- 3
runcmd:
- echo one
- [echo, two]
"#;

fn config() -> Boot {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let packed = STANDARD.encode(packed(b"unpacked"));
    read(CONFIG.replace("PACKED", &packed).as_bytes())
}

#[test]
fn cloud_config_is_carried_out_and_the_rest_of_it_is_said() {
    let boot = config();
    assert_eq!(names(&boot), ["bootcmd", "runcmd"]);
    assert_eq!(boot.steps[1].text, b"#!/bin/sh\necho one\n'echo' 'two'\n");
    assert_eq!(boot.hostname.as_deref(), Some("web"));
    let files: Vec<_> = boot
        .files
        .iter()
        .map(|file| {
            (
                file.path.as_str(),
                file.content.as_slice(),
                file.mode,
                file.is_appended,
            )
        })
        .collect();
    let wanted = [
        ("/home/user/a b/it's", &b"hello\n"[..], 0o750, false),
        ("/tmp/packed", b"unpacked", 0o644, false),
        ("/etc/motd", b"hi", 0o644, true),
        ("/home/user/late", b"late", 0o644, false),
    ];
    assert_eq!(files, wanted);
    for told in [
        "packages is not carried out: programs are those of the machine below",
        "package_update is not carried out",
        "users is not carried out: an instance has one user here",
        "\"spelt_wrong\" is no key of cloud-config",
        "write_files: \"/etc/motd\": it is the user's: \"root:root\" is nobody here",
        "write_files: item 5: the path \"relative\" does not begin at the root",
        "write_files: item 6: it has no path",
        "write_files: item 7: this is a text, not a map",
    ] {
        assert!(
            boot.notes.iter().any(|note| note.starts_with(told)),
            "{told}: {:?}",
            boot.notes
        );
    }
    assert_eq!(boot.notes.len(), 8, "{:?}", boot.notes);
}

#[test]
fn wrong_types_are_said_with_their_keys_and_the_rest_goes_on() {
    let boot = read(
        b"#cloud-config\nhostname: [a]\nbootcmd: {a: 1}\nwrite_files:\n- path: /tmp/a\n  \
          append: perhaps\n- path: /tmp/b\n  permissions: rwx\n  encoding: rot13\nruncmd:\n- ok\n",
    );
    assert_eq!(names(&boot), ["runcmd"]);
    for told in [
        "hostname: this is a list, not a text",
        "bootcmd: this is a map, not a list: it is not run",
        "write_files: \"/tmp/a\": its append is neither true nor false: it is not written",
        "write_files: \"/tmp/b\": its encoding \"rot13\" is unknown: it is not written",
    ] {
        assert!(
            boot.notes.iter().any(|note| note == told),
            "{told}: {:?}",
            boot.notes
        );
    }
    let boot = read(b"#cloud-config\n- a\n");
    assert!(
        boot.notes[0].contains("this is a list, and must be a map"),
        "{:?}",
        boot.notes
    );
    let boot = read(b"#cloud-config\nhostname: 'a; reboot'\n");
    assert!(
        boot.notes[0].contains("is no host name"),
        "{:?}",
        boot.notes
    );
    assert_eq!(boot.hostname, None);
}

#[test]
fn what_is_said_is_bounded() {
    let keys: String = (0..1000).map(|key| format!("k{key}: 1\n")).collect();
    let boot = read(format!("#cloud-config\n{keys}").as_bytes());
    assert_eq!(boot.notes.len(), 51);
    assert_eq!(boot.notes[50], "and 950 lines more");
}

#[test]
fn nothing_that_is_sent_makes_reading_fail() {
    const MARKS: &[u8] = b"[]{}:-#&*!|>'\"%@`\n\t= ";
    let mut random = StdRng::seed_from_u64(1);
    let config = CONFIG.replace("[nginx]", "[[{a: [&x b, *x]}]]");
    let (config, message) = (config.as_bytes(), MULTIPART.as_bytes());
    for sample in [config, message, &packed(config)] {
        for _ in 0..2000 {
            let mut bytes = sample.to_vec();
            for _ in 0..random.random_range(1..8) {
                let at = random.random_range(0..bytes.len());
                let mark = MARKS[random.random_range(0..MARKS.len())];
                match random.random_range(0..4) {
                    0 => bytes[at] = random.random(),
                    1 => bytes[at] = mark,
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, mark),
                }
            }
            bytes.truncate(random.random_range(1..=bytes.len()));
            let boot = read(&bytes);
            assert!(boot.notes.len() <= 51, "{boot:?}");
        }
    }
}
