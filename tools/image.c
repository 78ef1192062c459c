/* SPDX-License-Identifier: MIT */
/* `isthmus image W H OUT.png`: the project's own test picture. */
#include "command.h"
#include "number.h"
#include "picture.h"
#include "png_file.h"
#include "report.h"
#include "scene.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

struct image_options {
    uint64_t width;
    uint64_t height;
    const char *path;
};

/* argp_error() prints the sentence and ends the process. */
static uint64_t parse_side(struct argp_state *state, const char *what, const char *text)
{
    uint64_t side = 0;
    if (!number_parse(text, 1, PICTURE_SIDE_MAX, &side))
        argp_error(state, "%s '%s' is not a number from 1 to %u", what, text, PICTURE_SIDE_MAX);
    return side;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct image_options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            o->width = parse_side(state, "width", arg);
        else if (state->arg_num == 1)
            o->height = parse_side(state, "height", arg);
        else if (state->arg_num == 2)
            o->path = arg;
        else
            argp_error(state, "'%s' is one argument too many", arg);
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 3)
            argp_error(state, "a width, a height and a file are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp image_argp = {
    .parser = parse_option,
    .args_doc = "W H OUT.png",
    .doc = "Paints an isthmus between two seas, W x H pixels: gradients, noise, and shapes "
           "with "
           "sharp edges. The same size always gives the same bytes.",
};

int image_main(int argc, char **argv)
{
    struct image_options options = {0};
    struct picture picture = {0};
    argp_parse(&image_argp, argc, argv, 0, NULL, &options);
    /* Before the painting, which takes seconds for the largest sizes. */
    if (!png_can_write(options.path))
        return EXIT_TROUBLE;
    bool ok = picture_init(options.path, options.width, options.height, &picture) &&
              scene_paint(&picture) && png_write_picture(options.path, &picture);
    picture_finish(&picture);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
