SUMMARY = "Names the board that pairpanel runs on"
DESCRIPTION = "A drop-in for pairpanel that has the board of this machine, as PAIRPANEL_BOARD says."
SECTION = "network"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE-MIT;md5=bcbd33a802d0fe4124ed2d41512f5348 \
                    file://LICENSE-APACHE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
"

FILESEXTRAPATHS:prepend := "${THISDIR}/../../../..:"
SRC_URI = "file://LICENSE-MIT;subdir=${BP} \
           file://LICENSE-APACHE;subdir=${BP} \
           file://boards;subdir=${BP} \
"

INHIBIT_DEFAULT_DEPS = "1"

# Machines of one architecture can have different boards.
PACKAGE_ARCH = "${MACHINE_ARCH}"

# A profile that comes with pairpanel, the path of another one on the target, or "auto": the HAT
# says at each start which one it is.
PAIRPANEL_BOARD ??= "auto"

do_configure[noexec] = "1"

# A typing error is found here, and not by a panel that stays dark.
do_compile() {
    case '${PAIRPANEL_BOARD}' in
    auto | /*) ;;
    *)
        if [ ! -f '${S}/boards/${PAIRPANEL_BOARD}.toml' ]; then
            bbfatal 'PAIRPANEL_BOARD = "${PAIRPANEL_BOARD}": no such profile; boards/README.md lists them, and a profile of your own is named by its path on the target'
        fi
        ;;
    esac
    echo 'board = "${PAIRPANEL_BOARD}"' > ${B}/40-board.toml
}

# Before 50-board.toml, which `pairpanel detect --apply` writes.
do_install() {
    install -D -m 0644 -t ${D}${sysconfdir}/pairpanel/pairpanel.d ${B}/40-board.toml
}

CONFFILES:${PN} = "${sysconfdir}/pairpanel/pairpanel.d/40-board.toml"

RDEPENDS:${PN} = "pairpanel"
