//! The Yocto layer builds the sources that it lies beside: what the recipe says of them is so.
//!
//! bitbake itself is not at hand here; `yocto/check` runs it where it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod licences;
mod recipe;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use recipe::Recipe;

/// What each series of Yocto has as Rust, by the minor version.
const RUST: [(&str, u32); 2] = [("whinlatter", 90), ("wrynose", 94)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest(path: &str) -> toml::Table {
    read(path).parse().unwrap()
}

#[test]
fn the_recipe_fetches_exactly_the_crates_of_the_lock_file() {
    let lock = manifest("Cargo.lock");
    let (mut urls, mut sums) = (BTreeSet::new(), BTreeSet::new());
    for package in lock["package"].as_array().unwrap() {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let (name, version) = (text("name").unwrap(), text("version").unwrap());
        if let Some(source) = text("source") {
            assert!(source.starts_with("registry+"), "bitbake cannot fetch {name} from {source}");
            urls.insert(format!("crate://crates.io/{name}/{version}"));
            sums.insert(format!(
                "SRC_URI[{name}-{version}.sha256sum] = \"{}\"",
                text("checksum").unwrap()
            ));
        }
    }
    let include = read("yocto/meta-pairpanel/recipes-connectivity/pairpanel/pairpanel-crates.inc");
    let lines = || include.lines().map(|line| line.trim().trim_end_matches(" \\"));
    let found = |start: &str| {
        lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(found("crate:"), urls, "run yocto/update-crates");
    assert_eq!(found("SRC_URI["), sums, "run yocto/update-crates");
}

#[test]
fn the_recipe_has_the_version_of_the_package() {
    let version = manifest("Cargo.toml")["package"]["version"].as_str().unwrap().to_owned();
    assert_eq!(Recipe::read().file, format!("pairpanel_{version}.bb"));
}

#[test]
fn every_series_of_the_layer_has_a_rust_that_is_new_enough() {
    let needed = manifest("Cargo.toml")["package"]["rust-version"].as_str().unwrap().to_owned();
    let needed: u32 = needed.split('.').nth(1).unwrap().parse().unwrap();
    let layer = read("yocto/meta-pairpanel/conf/layer.conf");
    let series = recipe::value(&layer, "LAYERSERIES_COMPAT_pairpanel").unwrap();
    for name in series.split_whitespace() {
        let (_, rust) = RUST.iter().find(|(known, _)| *known == name).expect(name);
        assert!(*rust >= needed, "{name} has Rust 1.{rust}, and 1.{needed} is needed");
    }
}

#[test]
fn what_the_recipe_installs_is_there_and_among_its_sources() {
    let recipe = Recipe::read();
    for source in &recipe.sources {
        assert!(root().join(source).exists(), "SRC_URI has {source}");
    }
    assert!(!recipe.installed.is_empty());
    for path in &recipe.installed {
        assert!(recipe.has_source_for(path), "{path} is not below anything in SRC_URI");
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let ending = name.strip_prefix('*').unwrap_or(name);
        let files = fs::read_dir(root().join(directory)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let fits =
            |file: &String| if ending == name { file == name } else { file.ends_with(ending) };
        assert!(names.collect::<Vec<_>>().iter().any(fits), "{path} is not there");
    }
}

#[test]
fn what_is_for_the_machine_in_dist_is_installed() {
    let recipe = Recipe::read();
    let kinds = ["systemd", "sysusers", "tmpfiles", "udev", "dbus", "polkit", "man", "completions"];
    let mut files: Vec<_> =
        kinds.iter().flat_map(|kind| files_below(&format!("dist/{kind}"))).collect();
    files.extend(["dist/pairpanel.toml".to_owned(), "dist/pairpanel.schema.json".to_owned()]);
    for path in files {
        assert!(recipe.installed.contains(&path), "{path} is not installed");
    }
}

#[test]
fn the_sources_need_no_file_that_the_recipe_leaves_out() {
    let recipe = Recipe::read();
    let manifest = manifest("Cargo.toml");
    let build = manifest["package"]["build"].as_str().unwrap();
    assert!(recipe.has_source_for(build), "{build}");
    for path in files_below("src").into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = read(&path);
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        let marks = ["include_str!(\"", "include_bytes!(\""];
        for (at, mark) in marks.iter().flat_map(|mark| shipped.match_indices(mark)) {
            let named = shipped[at + mark.len()..].split('"').next().unwrap();
            let full = root().join(&path).with_file_name(named).canonicalize().unwrap();
            let full = full.strip_prefix(root().canonicalize().unwrap()).unwrap().to_owned();
            assert!(recipe.has_source_for(full.to_str().unwrap()), "{path} includes {named}");
        }
    }
}

#[test]
fn the_panel_and_the_settings_of_the_example_are_good() {
    let files = root().join("yocto/meta-product-example/recipes-product/acme-panel/files");
    let check = |arguments: &[&std::ffi::OsStr]| {
        let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_pairpanel"));
        let out = check.arg("check").args(arguments).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    let panel = files.join("acme-panel.toml");
    check(&[panel.as_os_str()]);
    // On the target the profile is found by its name.
    let settings = fs::read_to_string(files.join("60-product.toml")).unwrap();
    let by_path = format!("board = {:?}", panel.to_str().unwrap());
    assert!(settings.contains("board = \"acme-panel\""));
    let temporary = env::temp_dir().join(format!("pairpanel-yocto-{}.toml", std::process::id()));
    fs::write(&temporary, settings.replace("board = \"acme-panel\"", &by_path)).unwrap();
    check(&["--config".as_ref(), temporary.as_os_str()]);
    fs::remove_file(&temporary).unwrap();
}

#[test]
fn the_user_of_the_image_is_in_the_groups_of_the_unit() {
    let unit = read("dist/systemd/pairpanel.service");
    let groups = unit.lines().find_map(|line| line.strip_prefix("SupplementaryGroups=")).unwrap();
    let recipe = Recipe::read();
    let user = recipe.value("USERADD_PARAM:${PN}");
    let given = user.split_once("--groups ").unwrap().1.split_once(' ').unwrap();
    assert_eq!(given.0.split(',').collect::<Vec<_>>(), groups.split(' ').collect::<Vec<_>>());
    assert_eq!(given.1, "pairpanel");
    let made = recipe.value("GROUPADD_PARAM:${PN}");
    // base-passwd has these two.
    for group in groups.split(' ').filter(|group| !["input", "video"].contains(group)) {
        assert!(made.split("; ").any(|one| one == format!("--system {group}")), "{group}");
    }
}

#[test]
fn the_image_has_the_drivers_and_the_firmware_of_the_machine() {
    let image = read("yocto/meta-pairpanel/recipes-core/images/pairpanel-image.inc");
    let installed = recipe::value(&image, "IMAGE_INSTALL").unwrap();
    for group in
        ["packagegroup-core-boot", "packagegroup-machine-base", "packagegroup-base-bluetooth"]
    {
        assert!(installed.split_whitespace().any(|one| one == group), "{group}");
    }
}

#[test]
fn the_licence_of_the_recipe_is_that_of_all_crates_in_the_binary() {
    let mut stated = licences::of_expression(&Recipe::read().value("LICENSE"));
    assert_eq!(stated, licences::of_crates(&["--no-default-features"]));
    // What the recipe adds to it where it builds the simulator.
    stated.extend(licences::of_expression("Zlib"));
    assert_eq!(stated, licences::of_crates(&[]), "with the simulator");
}

fn files_below(directory: &str) -> Vec<String> {
    let mut open = vec![PathBuf::from(directory)];
    let mut files = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else {
                files.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    files
}
