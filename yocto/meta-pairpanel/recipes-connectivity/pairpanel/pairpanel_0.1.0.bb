SUMMARY = "Turns the screen and buttons of a board into its Bluetooth pairing panel"
DESCRIPTION = "Pairing agent for BlueZ that shows the passkey on a small display, and pairs only when somebody presses a button"
SECTION = "network"
# pairpanel itself, and after it what the crates in the binary add.
LICENSE = "(MIT | Apache-2.0) & MIT & (Apache-2.0-with-LLVM-exception | Apache-2.0 | MIT) & (Unlicense | MIT) & Unicode-3.0"
LICENSE .= "${@bb.utils.contains('PACKAGECONFIG', 'simulator', ' & Zlib', '', d)}"
LIC_FILES_CHKSUM = "file://LICENSE-MIT;md5=bcbd33a802d0fe4124ed2d41512f5348 \
                    file://LICENSE-APACHE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
"

# The layer is a part of the repository that has the sources, so it builds the checkout that it lies
# in. bitbake hashes each file, whereby a change of one builds anew, and no build product gets in.
FILESEXTRAPATHS:prepend := "${THISDIR}/../../../..:"
SRC_URI = "file://Cargo.toml;subdir=${BP} \
           file://Cargo.lock;subdir=${BP} \
           file://LICENSE-MIT;subdir=${BP} \
           file://LICENSE-APACHE;subdir=${BP} \
           file://README.md;subdir=${BP} \
           file://CHANGELOG.md;subdir=${BP} \
           file://src;subdir=${BP} \
           file://boards;subdir=${BP} \
           file://dist;subdir=${BP} \
"
require ${BPN}-crates.inc

inherit bash-completion cargo cargo-update-recipe-crates features_check systemd useradd

REQUIRED_DISTRO_FEATURES:class-target = "bluetooth systemd"

PACKAGECONFIG ??= "${@bb.utils.filter('DISTRO_FEATURES', 'polkit', d)}"
PACKAGECONFIG:class-native ??= ""
# Lets polkit decide who may open the pairing window, beside root and the group pairpanel.
PACKAGECONFIG[polkit] = ",,,polkit"
# `pairpanel simulate`: a panel, a bluetoothd and a phone, for work without the hardware.
PACKAGECONFIG[simulator] = "--features simulator,"

# Images ship without the simulator, which is cargo's default.
CARGO_BUILD_FLAGS += "--no-default-features"
# Cargo.toml has the binary stripped, for those who build by hand. Here packaging does that, and
# keeps what it strips in the -dbg package.
export CARGO_PROFILE_RELEASE_STRIP = "none"
export CARGO_PROFILE_RELEASE_DEBUG = "line-tables-only"

do_install() {
    install -D -m 0755 ${B}/target/${CARGO_TARGET_SUBDIR}/pairpanel ${D}${bindir}/pairpanel
}

do_install:append:class-target() {
    install -D -m 0644 -t ${D}${systemd_system_unitdir} ${S}/dist/systemd/pairpanel.service
    install -D -m 0644 -t ${D}${systemd_system_unitdir} ${S}/dist/systemd/pairpanel-oob.socket
    install -D -m 0644 -t ${D}${systemd_system_unitdir} ${S}/dist/systemd/pairpanel-oob@.service
    install -D -m 0644 -t ${D}${systemd_system_unitdir}/bluetooth.service.d ${S}/dist/systemd/bluetooth.service.d/pairpanel.conf
    install -D -m 0644 -t ${D}${nonarch_libdir}/sysusers.d ${S}/dist/sysusers/pairpanel.conf
    install -D -m 0644 -t ${D}${nonarch_libdir}/tmpfiles.d ${S}/dist/tmpfiles/pairpanel.conf
    install -D -m 0644 -t ${D}${nonarch_base_libdir}/udev/rules.d ${S}/dist/udev/60-pairpanel.rules
    install -D -m 0644 -t ${D}${datadir}/dbus-1/system.d ${S}/dist/dbus/org.pairpanel.conf
    install -D -m 0644 -t ${D}${datadir}/dbus-1/interfaces ${S}/dist/dbus/org.pairpanel.Panel1.xml
    if ${@bb.utils.contains('PACKAGECONFIG', 'polkit', 'true', 'false', d)}; then
        install -D -m 0644 -t ${D}${datadir}/polkit-1/actions ${S}/dist/polkit/org.pairpanel.policy
    fi

    install -D -m 0644 -t ${D}${sysconfdir}/pairpanel ${S}/dist/pairpanel.toml ${S}/dist/pairpanel.schema.json
    install -d -m 0755 ${D}${sysconfdir}/pairpanel/pairpanel.d

    install -D -m 0644 -t ${D}${mandir}/man1 ${S}/dist/man/pairpanel.1
    install -D -m 0644 ${S}/dist/completions/pairpanel.bash ${D}${datadir}/bash-completion/completions/pairpanel
    install -D -m 0644 -t ${D}${datadir}/zsh/site-functions ${S}/dist/completions/_pairpanel
    install -D -m 0644 -t ${D}${datadir}/fish/vendor_completions.d ${S}/dist/completions/pairpanel.fish

    install -D -m 0644 -t ${D}${docdir}/pairpanel ${S}/README.md ${S}/CHANGELOG.md ${S}/LICENSE-MIT ${S}/LICENSE-APACHE
    install -D -m 0644 -t ${D}${docdir}/pairpanel/boards ${S}/boards/README.md ${S}/boards/*.toml
    install -D -m 0644 -t ${D}${docdir}/pairpanel/boards/hosts ${S}/boards/hosts/*.toml
    install -D -m 0644 -t ${D}${docdir}/pairpanel/boards/schema ${S}/boards/schema/*.json
}

SYSTEMD_SERVICE:${PN} = "pairpanel.service"

# dist/sysusers says the same; images whose /etc is made by the build need it here.
USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system i2c; --system spi; --system gpio"
USERADD_PARAM:${PN} = "--system --user-group --no-create-home --home-dir / --shell /sbin/nologin --groups i2c,spi,gpio,input,video pairpanel"

PACKAGE_BEFORE_PN += "${PN}-zsh-completion ${PN}-fish-completion"
FILES:${PN} += "${systemd_system_unitdir}/bluetooth.service.d \
                ${systemd_system_unitdir}/pairpanel-oob.socket \
                ${systemd_system_unitdir}/pairpanel-oob@.service \
                ${nonarch_libdir}/sysusers.d \
                ${nonarch_libdir}/tmpfiles.d \
                ${datadir}/dbus-1/system.d \
                ${datadir}/polkit-1/actions \
"
FILES:${PN}-dev += "${datadir}/dbus-1/interfaces"
FILES:${PN}-zsh-completion = "${datadir}/zsh"
FILES:${PN}-fish-completion = "${datadir}/fish"

CONFFILES:${PN} = "${sysconfdir}/pairpanel/pairpanel.toml ${sysconfdir}/pairpanel/pairpanel.schema.json"

RDEPENDS:${PN}:class-target = "bluez5"
# Buses and input devices, where the kernel has them as modules.
RRECOMMENDS:${PN}:class-target = "kernel-module-i2c-dev kernel-module-spidev kernel-module-evdev"

BBCLASSEXTEND = "native"
