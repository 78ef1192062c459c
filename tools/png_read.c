/* SPDX-License-Identifier: MIT */
/*
 * Reading PNG files. libpng leaves a bad file by longjmp: everything that must be undone lies
 * in struct reader, which outlives the function that calls setjmp().
 */
#include "png_file.h"

#include "report.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SIGNATURE_SIZE 8

struct reader {
    const char *path;
    FILE *file;
    png_structp png;
    png_infop info;
    png_bytep *rows; /* where each row of the picture begins */
    struct picture picture;
    jmp_buf leave; /* on_error() jumps here */
};

static void reader_finish(struct reader *r)
{
    png_destroy_read_struct(&r->png, &r->info, NULL);
    if (r->file)
        fclose(r->file);
    free(r->rows);
    picture_finish(&r->picture);
}

/* libpng's error callback: says what is wrong and never returns. */
static void on_error(png_structp png, png_const_charp text)
{
    struct reader *r = png_get_error_ptr(png);
    complain("%s is not a whole PNG file: %s", r->path, text);
    longjmp(r->leave, 1);
}

/* Odd metadata does not spoil the pixels. */
static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep out, size_t size)
{
    struct reader *r = png_get_io_ptr(png);
    if (fread(out, 1, size, r->file) == size)
        return;
    if (!ferror(r->file))
        png_error(png, "it ends too early");
    complain("cannot read %s: %s", r->path, strerror(errno));
    longjmp(r->leave, 1);
}

static bool open_file(struct reader *r)
{
    unsigned char signature[SIGNATURE_SIZE];
    struct stat st;
    r->file = fopen(r->path, "rbe");
    if (!r->file || fstat(fileno(r->file), &st) != 0) {
        complain("cannot open %s: %s", r->path, strerror(errno));
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        complain("cannot read %s: it is a directory", r->path);
        return false;
    }
    if (fread(signature, 1, SIGNATURE_SIZE, r->file) != SIGNATURE_SIZE ||
        png_sig_cmp(signature, 0, SIGNATURE_SIZE) != 0) {
        complain("%s is not a PNG file", r->path);
        return false;
    }
    return true;
}

static bool open_decoder(struct reader *r)
{
    r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, on_error, on_warning);
    r->info = r->png ? png_create_info_struct(r->png) : NULL;
    if (!r->info) {
        complain("there is no memory to decode %s", r->path);
        return false;
    }
    png_set_read_fn(r->png, r, on_read);
    png_set_sig_bytes(r->png, SIGNATURE_SIZE);
    /* picture_init() knows our limit and says it better than libpng would. */
    png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    return true;
}

/* Asks libpng to turn whatever the file holds into RGBA8. */
static void ask_for_rgba8(struct reader *r)
{
    png_set_expand(r->png); /* palettes, 1, 2 and 4 bit grey, and the transparent colour */
    png_set_scale_16(r->png);
    png_set_gray_to_rgb(r->png);
    png_set_add_alpha(r->png, 0xff, PNG_FILLER_AFTER);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
}

/*
 * Comes before ask_for_rgba8(): libpng makes room for rows there, and a header may claim rows
 * of gigabytes.
 */
static bool make_picture(struct reader *r)
{
    png_uint_32 width = png_get_image_width(r->png, r->info);
    png_uint_32 height = png_get_image_height(r->png, r->info);
    return picture_init(r->path, width, height, &r->picture);
}

static bool make_rows(struct reader *r)
{
    size_t pitch = picture_pitch(&r->picture);
    if (png_get_rowbytes(r->png, r->info) != pitch)
        png_error(r->png, "its rows do not have 4 bytes to the pixel");
    r->rows = calloc(r->picture.height, sizeof(*r->rows));
    if (!r->rows) {
        complain("there is no memory for the rows of %s", r->path);
        return false;
    }
    for (size_t y = 0; y < r->picture.height; y++)
        r->rows[y] = r->picture.pixels + y * pitch;
    return true;
}

static bool decode(struct reader *r)
{
    if (setjmp(r->leave))
        return false;
    png_read_info(r->png, r->info);
    if (!make_picture(r))
        return false;
    ask_for_rgba8(r);
    if (!make_rows(r))
        return false;
    png_read_image(r->png, r->rows);
    png_read_end(r->png, NULL); /* a file cut off after its last row is broken, too */
    return true;
}

bool png_read_picture(const char *path, struct picture *out)
{
    struct reader r = {.path = path};
    bool ok = open_file(&r) && open_decoder(&r) && decode(&r);
    if (ok) {
        *out = r.picture;
        r.picture = (struct picture){0}; /* handed over */
    }
    reader_finish(&r);
    return ok;
}
