//! cloud-config's other keys: why each is not carried out here.

use super::{node::Node, shown};

const ONE_USER: &str =
    "an instance has one user here, whom its key pair and ssh_authorized_keys let in";
const NO_PACKAGES: &str = "programs are those of the machine below: none can be installed";
const ONE_DISK: &str = "an instance has one disk here, and it is mounted";
const READ_ONLY: &str = "the system's settings cannot be changed here";
const NO_NETWORK: &str = "there is no way to another server here";
const BY_AWS: &str = "use the instance's own commands in AWS: stop, reboot, terminate";
const ON_CONSOLE: &str = "what is written goes to the console here";
const NO_CLOUD_INIT: &str = "this is for cloud-init itself, which does not run here";

/// Keys that cloud-init knows (its documentation, "Module reference"), by why not.
const KNOWN: [(&str, &[&str]); 8] = [
    (
        ONE_USER,
        &[
            "users",
            "user",
            "groups",
            "password",
            "chpasswd",
            "ssh_pwauth",
            "disable_root",
            "disable_root_opts",
            "ssh_keys",
            "ssh_deletekeys",
            "ssh_genkeytypes",
            "ssh_import_id",
            "ssh_publish_hostkeys",
            "allow_public_ssh_keys",
            "ssh",
            "ssh_fp_console_blacklist",
            "ssh_key_console_blacklist",
            "no_ssh_fingerprints",
            "ssh_quiet_keygen",
        ],
    ),
    (
        NO_PACKAGES,
        &[
            "packages",
            "package_update",
            "package_upgrade",
            "package_reboot_if_required",
            "apt_update",
            "apt_upgrade",
            "apt_reboot_if_required",
            "apt",
            "apt_sources",
            "apt_pipelining",
            "yum_repos",
            "yum_repo_dir",
            "zypper",
            "apk_repos",
            "snap",
            "ansible",
            "chef",
            "puppet",
            "salt_minion",
            "mcollective",
            "drivers",
            "ubuntu_advantage",
            "ubuntu_pro",
            "rh_subscription",
            "spacewalk",
            "lxd",
            "wireguard",
            "rpi",
        ],
    ),
    (
        ONE_DISK,
        &[
            "mounts",
            "mount_default_fields",
            "swap",
            "disk_setup",
            "fs_setup",
            "device_aliases",
            "growpart",
            "resize_rootfs",
            "resize_rootfs_tmp",
        ],
    ),
    (
        READ_ONLY,
        &[
            "timezone",
            "locale",
            "locale_configfile",
            "ntp",
            "keyboard",
            "manage_etc_hosts",
            "manage_resolv_conf",
            "resolv_conf",
            "ca_certs",
            "ca-certs",
            "rsyslog",
            "fan",
            "random_seed",
            "updates",
            "network",
            "create_hostname_file",
            "byobu_by_default",
            "landscape",
            "ssh_config",
            "grub_dpkg",
            "grub-dpkg",
        ],
    ),
    (
        NO_NETWORK,
        &["phone_home", "autoinstall", "disable_ec2_metadata"],
    ),
    (BY_AWS, &["power_state"]),
    (
        ON_CONSOLE,
        &["output", "final_message", "reporting", "logcfg", "log_cfgs"],
    ),
    (
        NO_CLOUD_INIT,
        &[
            "cloud_init_modules",
            "cloud_config_modules",
            "cloud_final_modules",
            "datasource",
            "datasource_list",
            "merge_how",
            "merge_type",
            "system_info",
            "vendor_data",
            "vendor_data2",
            "unverified_modules",
            "def_log_file",
            "launch-index",
            "debug",
        ],
    ),
];

/// The line that says why a key is not carried out; none if it asks for what is done anyway.
pub(super) fn why_not(key: &str, value: &Node) -> Option<String> {
    if is_done_anyway(key, value) {
        return None;
    }
    let known = KNOWN.iter().find(|(_, keys)| keys.contains(&key));
    Some(match known {
        Some((why, _)) => format!("{key} is not carried out: {why}"),
        None => format!("{} is no key of cloud-config, and is left out", shown(key)),
    })
}

/// `[scripts-user, always]`, by which scripts run at each boot, is how it is here.
fn is_done_anyway(key: &str, value: &Node) -> bool {
    let is_always = |module: &Node| match module {
        Node::List(words) => {
            let words: Vec<Option<&str>> = words.iter().map(Node::text).collect();
            words == [Some("scripts-user"), Some("always")]
        }
        Node::Text { .. } | Node::Map(_) => false,
    };
    let is_all = match value {
        Node::List(modules) => modules.iter().all(is_always),
        Node::Text { .. } | Node::Map(_) => false,
    };
    key == "cloud_final_modules" && is_all
}
