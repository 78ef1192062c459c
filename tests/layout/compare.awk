# SPDX-License-Identifier: MIT
#
# Compares what the generated program printed natively (first file) and on Windows (second file).
# Only what embeds WCHAR may differ, and only by two bytes for each character: a Linux wchar_t
# has four. All else is an error.
#
# Lines: `size TYPE BYTES ALIGN`, `field TYPE NAME OFFSET`, `value NAME NUMBER`.

BEGIN {
    # How many characters the structure embeds.
    chars["struct DXGI_OUTPUT_DESC"] = 32
    chars["struct DXGI_OUTPUT_DESC1"] = 32
    chars["struct DXGI_ADAPTER_DESC"] = 128
    chars["struct DXGI_ADAPTER_DESC1"] = 128
    chars["struct DXGI_ADAPTER_DESC2"] = 128
    chars["struct DXGI_ADAPTER_DESC3"] = 128
    chars["WCHAR"] = 1
}

function fail(text)
{
    print text
    bad++
}

{ sub(/\r$/, "") }
$1 == "absent" { next }

# A line's key is all but its numbers; type names may have one space in them.
{
    number = 0
    if ($1 == "size") {
        number = $(NF - 1)
        type = $0
        sub(/^size /, "", type)
        sub(/ [0-9]+ [0-9]+$/, "", type)
        key = "size " type
        if (FILENAME == ARGV[1])
            alignment[key] = $NF
        else if (key in alignment && alignment[key] != $NF && type != "WCHAR")
            fail(key ": aligned to " alignment[key] " here, " $NF " on Windows")
    } else {
        number = $NF
        key = $0
        sub(/ -?[0-9]+$/, "", key)
        type = key
        sub(/^field /, "", type)
        sub(/ [^ ]*$/, "", type)
    }
    if (FILENAME == ARGV[1]) {
        here[key] = number
        next
    }
    there[key] = 1
    if (!(key in here)) {
        fail(key ": only on Windows")
    } else if (here[key] != number) {
        if ((type in chars) && here[key] - number == 2 * chars[type])
            wide[type] = 1
        else
            fail(key ": " here[key] " here, " number " on Windows")
    }
    lines++
}

END {
    for (key in here)
        if (!(key in there) && key !~ /^value /)
            fail(key ": not on Windows")
    # The exceptions must be real, or the list above has rotted.
    for (type in chars)
        if (!(type in wide) && (("size " type) in here))
            fail(type ": expected to differ by its WCHARs, but does not")
    printf "%d lines compared, %d differ without reason\n", lines, bad
    exit bad > 0
}
