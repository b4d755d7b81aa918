SUMMARY = "A small image that pairs by the panel"
DESCRIPTION = "What boots, bluetoothd, and pairpanel on the board that PAIRPANEL_BOARD names."
LICENSE = "MIT | Apache-2.0"

inherit core-image features_check

REQUIRED_DISTRO_FEATURES = "bluetooth systemd"

IMAGE_INSTALL = "packagegroup-core-boot pairpanel pairpanel-board bluez5 ${CORE_IMAGE_EXTRA_INSTALL}"
