# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pairpanel_global_optspecs
    string join \n h/help V/version
end

function __fish_pairpanel_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pairpanel_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pairpanel_using_subcommand
    set -l cmd (__fish_pairpanel_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pairpanel -n "__fish_pairpanel_needs_command" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -s V -l version -d 'Print version'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "run" -d 'Be bluetoothd\'s pairing agent, until stopped'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "status" -d 'Say what the panel can do, what works and what is going on'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "open" -d 'Open the pairing window'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "close" -d 'Close the pairing window'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "devices" -d 'List the devices that are bonded or blocked'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "forget" -d 'Delete bonds'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "pair" -d 'Pair with a device that waits for it, a keyboard for instance'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "watch" -d 'Print a line for each thing that happens, until stopped'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "identify" -d 'Make the panel recognisable among several'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "prompt" -d 'Print what is asked or shown at the panel, the code included'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "oob" -d 'Print what a device has to know to pair out of band'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "doctor" -d 'Look for what keeps the panel from working on this machine'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "detect" -d 'Say which board is attached, as far as the machine knows'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "boards" -d 'List the board profiles'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "check" -d 'Check a board profile, or without BOARD the configuration and its board'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "version" -d 'Print the version'
complete -c pairpanel -n "__fish_pairpanel_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand run" -l board -d 'The board profile, by name or path, or "auto" (instead of the configuration\'s)' -r
complete -c pairpanel -n "__fish_pairpanel_using_subcommand run" -l config -d 'The configuration (instead of /etc/pairpanel/pairpanel.toml)' -r -F
complete -c pairpanel -n "__fish_pairpanel_using_subcommand run" -l window -d 'Open the pairing window at start for so long; 0 keeps it closed' -r
complete -c pairpanel -n "__fish_pairpanel_using_subcommand run" -s v -l verbose -d 'Log every event and effect'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand run" -l trace -d 'Write a line for each call of bluetoothd, event, state and reply; no codes'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand status" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand status" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand open" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand close" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand close" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand devices" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand devices" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand forget" -l all -d 'Every device that is bonded'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand forget" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand pair" -l adapter -d 'By this adapter (instead of one that is switched on)' -r
complete -c pairpanel -n "__fish_pairpanel_using_subcommand pair" -l timeout -d 'Cancel after so long, 5 to 600; the kernel gives up after 120' -r
complete -c pairpanel -n "__fish_pairpanel_using_subcommand pair" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand pair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand watch" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand identify" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand prompt" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand prompt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand oob" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand oob" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand doctor" -l root -d 'Examine the image whose files are below this directory, instead of this machine' -r -F
complete -c pairpanel -n "__fish_pairpanel_using_subcommand doctor" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand detect" -l root -d 'Look at the machine whose files are below this directory, instead of this one' -r -F
complete -c pairpanel -n "__fish_pairpanel_using_subcommand detect" -l probe-i2c -d 'Read a byte at 0x3c and 0x3d on the I2C bus of the header'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand detect" -l apply -d 'Write the board into a drop-in of the configuration, if a HAT says which one it is'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand detect" -l json -d 'Write JSON, one object a line'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand detect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand boards" -l table -d 'Print what each capability makes of each kind of device instead'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand boards" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand check" -l config -d 'The configuration (instead of /etc/pairpanel/pairpanel.toml)' -r -F
complete -c pairpanel -n "__fish_pairpanel_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand version" -s h -l help -d 'Print help'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "run" -d 'Be bluetoothd\'s pairing agent, until stopped'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "status" -d 'Say what the panel can do, what works and what is going on'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "open" -d 'Open the pairing window'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "close" -d 'Close the pairing window'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "devices" -d 'List the devices that are bonded or blocked'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "forget" -d 'Delete bonds'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "pair" -d 'Pair with a device that waits for it, a keyboard for instance'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "watch" -d 'Print a line for each thing that happens, until stopped'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "identify" -d 'Make the panel recognisable among several'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "prompt" -d 'Print what is asked or shown at the panel, the code included'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "oob" -d 'Print what a device has to know to pair out of band'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "doctor" -d 'Look for what keeps the panel from working on this machine'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "detect" -d 'Say which board is attached, as far as the machine knows'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "boards" -d 'List the board profiles'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "check" -d 'Check a board profile, or without BOARD the configuration and its board'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "version" -d 'Print the version'
complete -c pairpanel -n "__fish_pairpanel_using_subcommand help; and not __fish_seen_subcommand_from run status open close devices forget pair watch identify prompt oob doctor detect boards check version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
