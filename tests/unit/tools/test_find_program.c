/* SPDX-License-Identifier: MIT */
/* Names of programs, as a shell looks them up. */
#include "capture.h"

#include "find_program.h"

#include <sys/stat.h>

static void make_file(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(fchmod(fd, mode), 0);
    close(fd);
}

TEST(a_name_with_a_slash_is_a_path)
{
    struct folder f = folder_new();
    char found[PATH_MAX];
    CHECK(!find_program(f.name[0], found));
    make_file(f.name[0], 0600);
    CHECK(find_program(f.name[0], found));
    CHECK_STR(found, f.name[0]);
    folder_finish(&f);
}

TEST(other_names_are_looked_for_along_PATH)
{
    struct folder f = folder_new();
    char found[PATH_MAX];
    char path[256];
    make_file(f.name[1], 0600); /* not to be executed */
    snprintf(path, sizeof(path), "/nowhere:%s", f.path);
    CHECK_EQ(setenv("PATH", path, 1), 0);
    CHECK(!find_program("1.png", found));
    CHECK_EQ(chmod(f.name[1], 0700), 0);
    CHECK(find_program("1.png", found));
    CHECK_STR(found, f.name[1]);
    CHECK_EQ(setenv("PATH", "", 1), 0);
    CHECK(!find_program("1.png", found));
    folder_finish(&f);
}

TEST(a_folder_is_no_program)
{
    char found[PATH_MAX];
    CHECK_EQ(setenv("PATH", "/", 1), 0);
    CHECK(!find_program("tmp", found));
}
