SUMMARY = "What pairpanel has to know of the Acme box"
DESCRIPTION = "The profile of the panel that is built into the box, and the product's choice of settings."
SECTION = "network"
LICENSE = "CLOSED"

SRC_URI = "file://acme-panel.toml \
           file://60-product.toml \
"
S = "${UNPACKDIR}"

inherit allarch

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -D -m 0644 -t ${D}${datadir}/pairpanel/boards ${S}/acme-panel.toml
    install -D -m 0644 -t ${D}${sysconfdir}/pairpanel/pairpanel.d ${S}/60-product.toml
}

FILES:${PN} += "${datadir}/pairpanel"

RDEPENDS:${PN} = "pairpanel"
