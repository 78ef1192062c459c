/* SPDX-License-Identifier: MIT */
/* Writing PNG files: what comes back, and that nothing half-done is ever to be seen. */
#include "capture.h"

#include "png_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct picture some_picture(uint32_t width, uint32_t height)
{
    struct picture p = {0};
    CHECK(picture_init("a test", width, height, &p));
    for (size_t i = 0; i < picture_size(&p); i++)
        p.pixels[i] = (unsigned char)(i * 31 + i / 7);
    return p;
}

static void check_refused(const char *path, const char *reason)
{
    struct picture p = some_picture(2, 2);
    struct capture c = capture_start();
    bool said = png_can_write(path);
    capture_end(&c);
    CHECK(!said);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, reason) != NULL);
    c = capture_start();
    bool written = png_write_picture(path, &p);
    capture_end(&c);
    picture_finish(&p);
    CHECK(!written);
    CHECK(capture_is_one_line(&c));
}

TEST(what_is_written_is_read_again)
{
    static const uint32_t sizes[][2] = {{1, 1}, {3, 200}, {257, 5}};
    struct folder f = folder_new();
    for (size_t i = 0; i < 3; i++) {
        struct picture again = {0};
        struct picture p = some_picture(sizes[i][0], sizes[i][1]);
        CHECK(png_can_write(f.name[0]));
        CHECK(png_write_picture(f.name[0], &p));
        CHECK(png_read_picture(f.name[0], &again));
        CHECK_EQ(again.width, p.width);
        CHECK_EQ(again.height, p.height);
        CHECK_MEM(again.pixels, p.pixels, picture_size(&p));
        picture_finish(&again);
        picture_finish(&p);
    }
    folder_finish(&f);
}

TEST(the_file_has_the_rights_that_the_umask_leaves)
{
    struct folder f = folder_new();
    struct picture p = some_picture(2, 2);
    struct stat st;
    mode_t old = umask(027);
    bool ok = png_write_picture(f.name[0], &p);
    umask(old);
    picture_finish(&p);
    CHECK(ok);
    CHECK_EQ(stat(f.name[0], &st), 0);
    CHECK_EQ(st.st_mode & 0777, 0640);
    folder_finish(&f);
}

TEST(a_link_keeps_pointing_to_the_file_that_is_replaced)
{
    struct folder f = folder_new();
    struct picture p = some_picture(2, 2);
    struct stat st;
    CHECK(png_write_picture(f.name[0], &p));
    CHECK_EQ(symlink(f.name[0], f.name[1]), 0);
    CHECK(png_write_picture(f.name[1], &p));
    picture_finish(&p);
    CHECK_EQ(lstat(f.name[1], &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(lstat(f.name[0], &st), 0);
    CHECK(S_ISREG(st.st_mode));
    folder_finish(&f);
}

TEST(what_is_no_place_for_a_file_is_refused_in_one_sentence)
{
    struct stat st;
    check_refused("", "its name is empty");
    check_refused("/", "it is a directory");
    check_refused("/nowhere/at/all.png", "its folder does not exist");
    check_refused("/dev/null/x.png", "Not a directory");
    check_refused("/dev/null", "it is not a regular file");
    CHECK_EQ(stat("/dev/null", &st), 0);
    CHECK(S_ISCHR(st.st_mode)); /* and still there */
}

/* A full disk, as near as a test comes to one: the kernel stops the file at 1000 bytes. */
TEST(a_failed_write_leaves_the_old_file_and_no_other)
{
    struct folder f = folder_new();
    struct picture small = some_picture(2, 2);
    struct picture large = some_picture(300, 300);
    struct picture again = {0};
    struct rlimit old;
    CHECK(png_write_picture(f.name[0], &small));
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit tight = {1000, old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct capture c = capture_start();
    setrlimit(RLIMIT_FSIZE, &tight);
    bool written = png_write_picture(f.name[0], &large);
    setrlimit(RLIMIT_FSIZE, &old);
    capture_end(&c);
    signal(SIGXFSZ, handler);
    CHECK(!written);
    CHECK(capture_is_one_line(&c));
    CHECK(strstr(c.text, "File too large") != NULL);
    CHECK(png_read_picture(f.name[0], &again));
    CHECK_EQ(again.width, 2);
    CHECK_MEM(again.pixels, small.pixels, picture_size(&small));
    picture_finish(&again);
    picture_finish(&small);
    picture_finish(&large);
    folder_finish(&f); /* fails if a temporary file is left */
}
