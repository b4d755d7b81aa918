//! The configuration, the board, its nodes, and as whom pairpanel runs.

use pairpanel::doctor::State::{Fault, NotChecked, Note, Ok, Warning};

use super::{Case, case};
use crate::machine::Machine;

pub(super) const CASES: &[Case] = &[
    case(
        Fault,
        "configuration",
        "bord: there is no key `bord` here",
        Some("/etc/pairpanel/pairpanel.d/10.toml:1:1"),
        |m| m.write("/etc/pairpanel/pairpanel.d/10.toml", "bord = 3\n"),
    ),
    case(
        Fault,
        "board",
        "no HAT says which board this is: there is no /proc/device-tree/hat",
        Some("/etc/pairpanel/pairpanel.toml"),
        |m| m.write("/etc/pairpanel/pairpanel.toml", "board = \"auto\"\n"),
    ),
    case(
        Ok,
        "board",
        "pisugar-whisplay: NoInputNoOutput once all of it works",
        Some("/etc/pairpanel/pairpanel.toml"),
        |m| {
            m.write("/etc/pairpanel/pairpanel.toml", "board = \"auto\"\n");
            let hat = "/sys/firmware/devicetree/base/hat";
            m.write(&format!("{hat}/vendor"), "pisugar\0");
            m.write(&format!("{hat}/product_id"), "0x0001\0");
        },
    ),
    case(
        NotChecked,
        "board",
        "board = \"auto\" is decided by the HAT of the machine",
        Some("/etc/pairpanel/pairpanel.toml"),
        |m| {
            m.write("/etc/pairpanel/pairpanel.toml", "board = \"auto\"\n");
            m.running = false;
        },
    ),
    case(Ok, "configuration", "it is valid", Some("/etc/pairpanel/pairpanel.d/10.toml"), |m| {
        m.write("/etc/pairpanel/pairpanel.toml", "");
        m.write("/etc/pairpanel/pairpanel.d/10.toml", "board = \"adafruit-oled-bonnet-128x64\"\n");
    }),
    case(
        Fault,
        "configuration",
        "hold-ms: 9000 is not 0 to 5000",
        Some("/etc/pairpanel/pairpanel.toml:1:11"),
        |m| m.write("/etc/pairpanel/pairpanel.toml", "hold-ms = 9000\n"),
    ),
    case(Note, "configuration", "there is none", Some("/etc/pairpanel/pairpanel.toml"), |m| {
        m.remove("/etc/pairpanel/pairpanel.toml")
    }),
    case(Fault, "configuration", "it does not exist", Some("/etc/other.toml"), |m| {
        m.write(
            "/usr/lib/systemd/system/pairpanel.service",
            "[Service]\nExecStart=pairpanel run --config /etc/other.toml\nUser=pairpanel\n",
        )
    }),
    case(
        Fault,
        "access",
        "pairpanel may not open /etc/pairpanel/pairpanel.toml: ",
        Some("/etc/pairpanel/pairpanel.toml"),
        |m| m.chmod("/etc/pairpanel/pairpanel.toml", 0o600),
    ),
    case(Fault, "board", "no board is named", Some("/etc/pairpanel/pairpanel.toml"), |m| {
        m.write("/etc/pairpanel/pairpanel.toml", "")
    }),
    case(
        Fault,
        "board",
        "no board profile is called \"bonet\"",
        Some("/usr/lib/systemd/system/pairpanel.service:2"),
        |m| {
            m.write(
                "/usr/lib/systemd/system/pairpanel.service",
                "[Service]\nExecStart=pairpanel run --board bonet\nUser=pairpanel\n",
            )
        },
    ),
    case(
        Fault,
        "board",
        "wdth: there is no key `wdth` here",
        Some("/etc/pairpanel/boards/mine.toml:2:1"),
        |m| {
            m.write("/etc/pairpanel/pairpanel.toml", "board = \"mine\"\n");
            m.write("/etc/pairpanel/boards/mine.toml", "schema = 1\nwdth = 3\n");
        },
    ),
    case(
        Fault,
        "board",
        "cannot read board profile /opt/x.toml: ",
        Some("/etc/pairpanel/pairpanel.toml"),
        |m| m.write("/etc/pairpanel/pairpanel.toml", "board = \"/opt/x.toml\"\n"),
    ),
    case(
        Fault,
        "user",
        "there is no user pairpanel",
        Some("/usr/lib/systemd/system/pairpanel.service:3"),
        |m| m.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n"),
    ),
    case(
        Warning,
        "user",
        "pairpanel runs as root",
        Some("/usr/lib/systemd/system/pairpanel.service"),
        |m| {
            m.write(
                "/usr/lib/systemd/system/pairpanel.service",
                "[Service]\nExecStart=pairpanel run\n",
            )
        },
    ),
    case(Note, "user", "there is no pairpanel.service", None, |m| {
        m.remove("/usr/lib/systemd/system/pairpanel.service")
    }),
    case(
        Fault,
        "groups",
        "pairpanel.service names the group nobody-has, which does not exist",
        Some("/usr/lib/systemd/system/pairpanel.service:5"),
        |m| {
            m.append(
                "/usr/lib/systemd/system/pairpanel.service",
                "SupplementaryGroups=nobody-has\n",
            )
        },
    ),
    case(
        Fault,
        "i2c-bus",
        "no I2C bus: neither /dev/i2c-1 nor any other is there",
        Some("/boot/config.txt"),
        |m| {
            m.remove("/dev/i2c-1");
            m.remove("/sys/class/i2c-dev");
            m.write("/boot/config.txt", "");
        },
    ),
    case(
        Fault,
        "i2c-bus",
        "/dev/i2c-1 cannot be opened, because there is no /dev/i2c-*",
        None,
        |m| {
            m.remove("/dev/i2c-1");
            m.remove("/sys/class/i2c-dev");
            m.write("/sys/bus/i2c/devices/i2c-1/name", "bcm2835");
        },
    ),
    case(Fault, "i2c-bus", "address 0x3c on ", None, |m| {
        m.link("/sys/bus/i2c/devices/1-003c/driver", "../../../ssd1307fb")
    }),
    case(
        Fault,
        "i2c-bus",
        "pairpanel may not open /dev/i2c-1: it is of the group panel, mode 0600",
        Some("/dev/i2c-1"),
        |m| m.chmod("/dev/i2c-1", 0o600),
    ),
    case(Fault, "spi-bus", "no SPI device /dev/spidev0.0 nor any other", None, on_spi),
    case(Fault, "spi-bus", "/dev/spidev0.0 belongs to the kernel driver fb_sh1106", None, |m| {
        on_spi(m);
        m.link("/sys/bus/spi/devices/spi0.0/driver", "../../../fb_sh1106");
    }),
    case(Ok, "spi-bus", "pairpanel may open /dev/spidev0.0", Some("/dev/spidev0.0"), |m| {
        on_spi(m);
        m.write("/dev/spidev0.0", "");
        m.chmod("/dev/spidev0.0", 0o666);
    }),
    case(Fault, "gpio", "no GPIO chip is labelled soc, only", None, |m| {
        on_spi(m);
        m.write("/dev/spidev0.0", "");
    }),
    case(Fault, "framebuffer", "no display of the kernel is called \"ssd130x\"", None, of_kernel),
    case(Fault, "framebuffer", "pairpanel may not open /dev/fb0: ", Some("/dev/fb0"), |m| {
        of_kernel(m);
        m.write("/sys/class/graphics/fb0/name", "ssd130xdrmfb\n");
        m.write("/dev/fb0", "");
        m.chmod("/dev/fb0", 0o600);
    }),
    case(
        Fault,
        "framebuffer",
        "pairpanel may not open /sys/class/graphics/fb0/blank: ",
        Some("/sys/class/graphics/fb0/blank"),
        |m| {
            of_kernel(m);
            m.write("/sys/class/graphics/fb0/name", "ssd130xdrmfb\n");
            m.write("/sys/class/graphics/fb0/blank", "");
            m.chmod("/sys/class/graphics/fb0/blank", 0o644);
            m.write("/dev/fb0", "");
        },
    ),
    case(Fault, "led", "there is no /sys/class/leds/ACT", None, lamp),
    case(
        Fault,
        "led",
        "pairpanel may not open /sys/class/leds/ACT/trigger: ",
        Some("/sys/class/leds/ACT/trigger"),
        |m| {
            lamp(m);
            m.write("/sys/class/leds/ACT/trigger", "none [mmc0]\n");
            m.chmod("/sys/class/leds/ACT/trigger", 0o644);
        },
    ),
    case(Ok, "led", "pairpanel may switch the lamp ACT", Some("/sys/class/leds/ACT"), |m| {
        lamp(m);
        m.write("/sys/class/leds/ACT/brightness", "0\n");
        m.chmod("/sys/class/leds/ACT/brightness", 0o664);
    }),
    case(
        Fault,
        "gpio",
        "pairpanel may not open /dev/gpiochip0: it is of the group panel, mode 0660",
        Some("/dev/gpiochip0"),
        |m| {
            m.write(
                "/usr/lib/systemd/system/pairpanel.service",
                "[Service]\nExecStart=pairpanel run\nUser=pairpanel\n",
            )
        },
    ),
    case(Fault, "gpio", "there is no /dev/gpiochip*", None, |m| m.remove("/dev/gpiochip0")),
    case(
        Fault,
        "gpio",
        "no GPIO chip is labelled pinctrl-rp1 or pinctrl-bcm2711 or pinctrl-bcm2835, only other",
        None,
        |m| m.write("/sys/class/gpio/gpiochip512/label", "other\n"),
    ),
    case(NotChecked, "gpio", "which chip is which: ", None, |m| m.remove("/sys/class/gpio")),
    case(Fault, "keypad", "no input device is called \"Pad\"", None, |m| {
        m.write("/etc/pairpanel/pairpanel.toml", "board = \"/pad.toml\"\n");
        m.write("/pad.toml", "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n[keypad]\nkind = \"evdev\"\nname = \"Pad\"\nphys = \"usb-1\"\n");
    }),
    case(
        Fault,
        "keypad",
        "pairpanel may not open /dev/input/event3: ",
        Some("/dev/input/event3"),
        |m| {
            m.write("/etc/pairpanel/pairpanel.toml", "board = \"/pad.toml\"\n");
            m.write("/pad.toml", "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n[keypad]\nkind = \"evdev\"\nname = \"Pad\"\nphys = \"usb-1\"\n");
            m.write("/sys/class/input/event3/device/name", "Pad\n");
            m.write("/sys/class/input/event3/device/phys", "usb-1\n");
            m.write("/dev/input/event3", "");
            m.chmod("/dev/input/event3", 0o600);
        },
    ),
    case(Fault, "keys", "\"Stick\" is plugged in at b/input0 and not at a/input0", None, |m| {
        stick(m);
        m.write("/sys/class/input/event4/device/phys", "b/input0\n");
    }),
    case(
        Ok,
        "keys",
        "pairpanel may open /dev/input/event4, the keys \"Stick\"",
        Some("/dev/input/event4"),
        |m| {
            stick(m);
            m.chmod("/dev/input/event4", 0o666);
        },
    ),
    case(Fault, "gpio", "where header pin 29 leads on this machine no host file", None, |m| {
        let button = "[[button]]\nrole = \"accept\"\nlabel = \"A\"\npin = { header = 29 }\n\
                      active = \"low\"\nbias = \"pull-up\"\n";
        board(m, button);
        m.remove("/sys/firmware/devicetree/base/compatible");
    }),
    case(
        Fault,
        "board",
        "board friendlyelec-nanohat-oled is known to fit nanopi-neo only, and this is raspberrypi",
        Some("/etc/pairpanel/pairpanel.toml"),
        |m| {
            let text = "board = \"friendlyelec-nanohat-oled\"\n";
            m.write("/etc/pairpanel/pairpanel.toml", text);
        },
    ),
    case(
        Note,
        "i2c-clock",
        "i2c-1 runs at 100 kHz: a whole frame takes 96 ms",
        Some("/sys/class/i2c-adapter/i2c-1/of_node/clock-frequency"),
        |m| {
            m.write_bytes(
                "/sys/class/i2c-adapter/i2c-1/of_node/clock-frequency",
                &100_000_u32.to_be_bytes(),
            )
        },
    ),
    case(
        NotChecked,
        "i2c-clock",
        "i2c-1 has no clock-frequency in a device tree",
        Some("/sys/class/i2c-adapter/i2c-1/of_node/clock-frequency"),
        |m| m.remove("/sys/class/i2c-adapter"),
    ),
    case(Warning, "i2c-dev", "nothing loads the module i2c-dev at boot", None, |m| {
        m.running = false;
        m.remove("/etc/modules-load.d");
    }),
    case(
        Ok,
        "i2c-dev",
        "the kernel offers I2C buses to programs",
        Some("/usr/lib/systemd/system/pairpanel.service:2"),
        |m| {
            m.running = false;
            m.remove("/etc/modules-load.d");
            m.write(
                "/usr/lib/systemd/system/pairpanel.service",
                "[Unit]\nWants=modprobe@spidev.service modprobe@i2c_dev.service\n[Service]\n\
                 ExecStart=pairpanel run\nUser=pairpanel\n",
            );
        },
    ),
];

fn board(m: &mut Machine, rest: &str) {
    let head = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n";
    m.write("/etc/pairpanel/pairpanel.toml", "board = \"/board.toml\"\n");
    m.write("/board.toml", &format!("{head}{rest}"));
}

/// Two keys of one input device.
fn stick(m: &mut Machine) {
    let key = |role, code| {
        format!(
            "[[button]]\nrole = \"{role}\"\nlabel = \"{role}\"\n[button.evdev]\nname = \"Stick\"\n\
             phys = \"a/input0\"\ncode = \"{code}\"\n"
        )
    };
    board(m, &(key("accept", "KEY_ENTER") + &key("reject", "KEY_LEFT")));
    m.write("/sys/class/input/event4/device/name", "Stick\n");
    m.write("/sys/class/input/event4/device/phys", "a/input0\n");
    m.write("/dev/input/event4", "");
}

fn display(m: &mut Machine, keys: &str) {
    let size = "width = 128\nheight = 64\nrotation = 0\n";
    board(m, &format!("[display]\n{keys}{size}"));
}

fn on_spi(m: &mut Machine) {
    let keys = "controller = \"sh1106\"\nspi = \"/dev/spidev0.0\"\n\
                dc = { chip = \"soc\", offset = 24 }\n";
    display(m, keys);
}

fn of_kernel(m: &mut Machine) {
    display(m, "controller = \"framebuffer\"\nframebuffer = \"ssd130x\"\n");
}

fn lamp(m: &mut Machine) {
    board(m, "[led]\nsysfs = \"ACT\"\n");
}
