//! Files below a root directory, with links followed as the system that lives there would.

use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use rustix::io::Errno;

/// As many links as Linux follows in one path (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// The files below a root directory. Paths are absolute, as they are in the system itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree<'a> {
    root: &'a Path,
}

impl<'a> Tree<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &'a Path {
        self.root
    }

    /// `path` without links. What does not exist stays as it is.
    ///
    /// An absolute link in an image means a file of the image, where the kernel, asked from outside,
    /// would go to one of this machine.
    ///
    /// # Errors
    ///
    /// `ELOOP` for more links than Linux follows: to give back one that is left would have the kernel
    /// follow it, out of the root.
    pub(super) fn follow(&self, path: &str) -> io::Result<PathBuf> {
        let mut waiting: Vec<PathBuf> = vec![path.into()];
        let mut done = PathBuf::from("/");
        let mut links = 0;
        while let Some(next) = waiting.pop() {
            let mut parts = next.components();
            let part = parts.next();
            let rest = parts.as_path();
            if !rest.as_os_str().is_empty() {
                waiting.push(rest.to_owned());
            }
            match part {
                Some(Component::RootDir) => done = PathBuf::from("/"),
                Some(Component::ParentDir) => {
                    done.pop();
                }
                Some(Component::Normal(name)) => {
                    done.push(name);
                    if let Ok(target) = fs::read_link(self.real(&done)) {
                        if links == MOST_LINKS {
                            return Err(Errno::LOOP.into());
                        }
                        links += 1;
                        done.pop();
                        waiting.push(target);
                    }
                }
                _ => {}
            }
        }
        Ok(done)
    }

    /// Where a path without links is on this machine.
    pub(super) fn real(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn find(&self, path: &str) -> io::Result<PathBuf> {
        Ok(self.real(&self.follow(path)?))
    }

    /// The contents of a file; what is not UTF-8 is replaced.
    pub(super) fn read(&self, path: &str) -> io::Result<String> {
        self.bytes(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn bytes(&self, path: &str) -> io::Result<Vec<u8>> {
        let path = self.find(path)?;
        // What is no file may never end.
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        fs::read(path)
    }

    /// What a file begins with, `most` bytes of it.
    pub(super) fn head(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let path = self.find(path)?;
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What a file says that is there for one line, as in `/sys`.
    pub(super) fn line(&self, path: &str) -> Option<String> {
        self.read(path).ok().map(|text| text.trim_end().to_owned())
    }

    /// The names in a directory, sorted; none if it cannot be read.
    pub(super) fn list(&self, path: &str) -> Vec<String> {
        self.try_list(path).unwrap_or_default()
    }

    pub(super) fn try_list(&self, path: &str) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.find(path)?)?.flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// The paths of the files in a directory whose names end so, sorted, without those that begin with a
    /// dot: they are what editors leave behind.
    pub(super) fn shown(&self, directory: &str, ending: &str) -> Vec<String> {
        let is_shown = |name: &String| name.ends_with(ending) && !name.starts_with('.');
        let names = self.list(directory).into_iter().filter(is_shown);
        names.map(|name| format!("{directory}/{name}")).collect()
    }

    /// The files in these directories whose names end so, as paths, in the order of the directories.
    pub(super) fn files(&self, directories: &[&str], ending: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut seen = Vec::new();
        for directory in directories {
            // /lib is often a link to /usr/lib.
            let Ok(real) = self.follow(directory) else { continue };
            if seen.contains(&real) {
                continue;
            }
            seen.push(real);
            let names = self.list(directory).into_iter().filter(|name| name.ends_with(ending));
            files.extend(names.map(|name| format!("{directory}/{name}")));
        }
        files
    }

    pub(super) fn metadata(&self, path: &str) -> io::Result<Metadata> {
        fs::metadata(self.find(path)?)
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.metadata(path).is_ok()
    }
}

/// The lines of a text with their numbers, the first being 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_stay_below_the_root() {
        let root = std::env::temp_dir().join(format!("pairpanel-tree-{}", std::process::id()));
        fs::create_dir_all(root.join("usr/lib")).unwrap();
        fs::write(root.join("usr/lib/file"), "inside").unwrap();
        symlink("usr/lib", root.join("lib")).unwrap();
        symlink("/lib/file", root.join("absolute")).unwrap();
        symlink("../../../../absolute", root.join("usr/up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let tree = Tree::new(&root);
        let read = |path| tree.read(path).ok();
        assert_eq!(read("/lib/file").as_deref(), Some("inside"));
        assert_eq!(read("/absolute").as_deref(), Some("inside"));
        assert_eq!(read("/usr/up").as_deref(), Some("inside"));
        assert_eq!(read("/loop"), None);
        assert_eq!(tree.follow("/usr/up").unwrap(), Path::new("/usr/lib/file"));
        assert_eq!(tree.files(&["/usr/lib", "/lib"], "file"), ["/usr/lib/file"]);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_chain_of_links_that_is_too_long_does_not_end_outside() {
        let scratch = std::env::temp_dir().join(format!("pairpanel-chain-{}", std::process::id()));
        let root = scratch.join("root");
        fs::create_dir_all(scratch.join("outside")).unwrap();
        fs::create_dir_all(&root).unwrap();
        fs::write(scratch.join("outside/file"), "outside").unwrap();
        symlink(scratch.join("outside"), root.join("link-0")).unwrap();
        for link in 1..=MOST_LINKS {
            symlink(format!("link-{}", link - 1), root.join(format!("link-{link}"))).unwrap();
        }
        let tree = Tree::new(&root);
        for link in [0, MOST_LINKS - 1, MOST_LINKS] {
            assert!(tree.read(&format!("/link-{link}/file")).is_err(), "{link}");
            assert!(tree.list(&format!("/link-{link}")).is_empty(), "{link}");
        }
        assert!(tree.follow(&format!("/link-{}", MOST_LINKS - 1)).is_ok());
        assert!(tree.follow(&format!("/link-{MOST_LINKS}")).is_err());
        fs::remove_dir_all(&scratch).unwrap();
    }
}
