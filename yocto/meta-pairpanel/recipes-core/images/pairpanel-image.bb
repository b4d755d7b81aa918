SUMMARY = "A small image that pairs by the panel"
DESCRIPTION = "What boots, bluetoothd, and pairpanel on the board that PAIRPANEL_BOARD names."

require pairpanel-image.inc
