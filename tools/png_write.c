/* SPDX-License-Identifier: MIT */
/*
 * Writing PNG files: first under a temporary name in the same folder, then renamed, so that no
 * one ever sees half a picture. struct writer owns the temporary file until the rename.
 */
#include "png_file.h"

#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A quarter of the time of zlib's default level for files that are a twentieth larger. */
#define COMPRESSION_LEVEL 3

struct writer {
    const char *path;      /* as the user gave it, for messages */
    char final[PATH_MAX];  /* the same with links followed */
    char folder[PATH_MAX]; /* of the final name */
    char temporary[PATH_MAX];
    bool made; /* the temporary file exists */
    FILE *file;
    png_structp png;
    png_infop info;
    jmp_buf leave; /* on_error() jumps here */
};

static bool cannot_write(const struct writer *w, const char *why)
{
    complain("cannot write %s: %s", w->path, why);
    return false;
}

/* Follows links as open() would: rename() must replace the file and not the link to it. */
static bool find_names(struct writer *w)
{
    char copy[PATH_MAX];
    if (strlen(w->path) >= sizeof(w->final))
        return cannot_write(w, strerror(ENAMETOOLONG));
    if (!realpath(w->path, w->final)) {
        if (errno != ENOENT)
            return cannot_write(w, strerror(errno));
        strcpy(w->final, w->path);
    }
    strcpy(copy, w->final);
    strcpy(w->folder, dirname(copy)); /* never longer than the name it was cut from */
    return true;
}

/* A device or a pipe must not be replaced by a file, even where root could. */
static bool check_names(struct writer *w)
{
    struct stat st;
    if (w->path[0] == '\0')
        return cannot_write(w, "its name is empty");
    if (!find_names(w))
        return false;
    if (stat(w->final, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return cannot_write(w, "it is a directory");
        if (!S_ISREG(st.st_mode))
            return cannot_write(w, "it is not a regular file");
        if (access(w->final, W_OK) != 0)
            return cannot_write(w, strerror(errno));
    }
    if (stat(w->folder, &st) != 0)
        return cannot_write(w, "its folder does not exist");
    if (access(w->folder, W_OK | X_OK) != 0)
        return cannot_write(w, "its folder may not be written to");
    return true;
}

bool png_can_write(const char *path)
{
    struct writer w = {.path = path};
    return check_names(&w);
}

/* The rights that a file made by open() would have got; mkostemp() gives fewer. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool open_temporary(struct writer *w)
{
    int length = snprintf(w->temporary, sizeof(w->temporary), "%s/.isthmus-XXXXXX", w->folder);
    if (length < 0 || (size_t)length >= sizeof(w->temporary))
        return cannot_write(w, strerror(ENAMETOOLONG));
    int fd = mkostemp(w->temporary, O_CLOEXEC);
    if (fd < 0)
        return cannot_write(w, strerror(errno));
    w->made = true;
    w->file = fdopen(fd, "wb");
    if (!w->file) {
        close(fd);
        return cannot_write(w, strerror(errno));
    }
    if (fchmod(fd, usual_mode()) != 0)
        return cannot_write(w, strerror(errno));
    return true;
}

static void on_error(png_structp png, png_const_charp text)
{
    struct writer *w = png_get_error_ptr(png);
    cannot_write(w, text);
    longjmp(w->leave, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_write(png_structp png, png_bytep data, size_t size)
{
    struct writer *w = png_get_io_ptr(png);
    if (fwrite(data, 1, size, w->file) != size)
        png_error(png, strerror(errno));
}

static void on_flush(png_structp png)
{
    struct writer *w = png_get_io_ptr(png);
    if (fflush(w->file) != 0)
        png_error(png, strerror(errno));
}

static bool encode(struct writer *w, const struct picture *picture)
{
    w->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, w, on_error, on_warning);
    w->info = w->png ? png_create_info_struct(w->png) : NULL;
    if (!w->info)
        return cannot_write(w, "there is no memory to encode it");
    if (setjmp(w->leave))
        return false;
    png_set_write_fn(w->png, w, on_write, on_flush);
    png_set_IHDR(w->png, w->info, picture->width, picture->height, 8, PNG_COLOR_TYPE_RGBA,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(w->png, COMPRESSION_LEVEL);
    png_set_filter(w->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
    png_write_info(w->png, w->info);
    for (size_t y = 0; y < picture->height; y++)
        png_write_row(w->png, picture->pixels + y * picture_pitch(picture));
    png_write_end(w->png, w->info);
    return true;
}

/* The close is where a full disk or a lost server may show for the first time. */
static bool publish(struct writer *w)
{
    FILE *file = w->file;
    w->file = NULL;
    if (fclose(file) != 0 || rename(w->temporary, w->final) != 0)
        return cannot_write(w, strerror(errno));
    w->made = false;
    return true;
}

static void writer_finish(struct writer *w)
{
    png_destroy_write_struct(&w->png, &w->info);
    if (w->file)
        fclose(w->file);
    if (w->made)
        unlink(w->temporary);
}

bool png_write_picture(const char *path, const struct picture *picture)
{
    struct writer w = {.path = path};
    bool ok = check_names(&w) && open_temporary(&w) && encode(&w, picture) && publish(&w);
    writer_finish(&w);
    return ok;
}
