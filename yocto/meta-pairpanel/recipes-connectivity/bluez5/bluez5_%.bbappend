# Nothing of bluez5 is changed unless the distribution or local.conf asks for it.
PAIRPANEL_HARDEN_BLUEZ ??= "0"
require ${@'bluez5-hardened.inc' if bb.utils.to_boolean(d.getVar('PAIRPANEL_HARDEN_BLUEZ')) else ''}
