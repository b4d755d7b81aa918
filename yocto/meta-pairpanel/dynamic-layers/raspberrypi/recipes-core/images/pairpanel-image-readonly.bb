SUMMARY = "pairpanel-image with a read-only root"
DESCRIPTION = "Nothing but the bonds survives a restart: they are on a partition of their own."

require recipes-core/images/pairpanel-image.inc

IMAGE_FEATURES += "read-only-rootfs"

WKS_FILE = "pairpanel-readonly.wks"

# Where the bonds are mounted, on a root on which nobody can make it later.
make_bonds_directory[doc] = "Makes the directory that the bonds are mounted on"
make_bonds_directory() {
    install -d -m 0700 ${IMAGE_ROOTFS}${localstatedir}/lib/bluetooth
}
ROOTFS_POSTPROCESS_COMMAND += "make_bonds_directory"
