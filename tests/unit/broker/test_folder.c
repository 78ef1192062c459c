/* SPDX-License-Identifier: MIT */
/* The runtime folder: made, checked, refused in words. */
#include "broker/folder.h"
#include "rig.h"

TEST(a_missing_folder_is_made_only_when_wanted)
{
    char path[96], why[512] = "";
    struct rig_folder folder = rig_folder_new();
    struct stat st;
    snprintf(path, sizeof(path), "%s/new", folder.path);
    setenv("ISTHMUS_RUNTIME_DIR", path, 1);
    CHECK_EQ(folder_open(false, why, sizeof(why)), -1);
    CHECK(strstr(why, path));
    int fd = folder_open(true, why, sizeof(why));
    CHECK(fd >= 0);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_mode & 0777, 0700);
    close(fd);
    CHECK_EQ(rmdir(path), 0);
    rig_folder_end(&folder);
}

static void refused(const char *path, const char *word)
{
    char why[512] = "";
    setenv("ISTHMUS_RUNTIME_DIR", path, 1);
    CHECK_EQ(folder_open(true, why, sizeof(why)), -1);
    CHECK(strstr(why, word));
}

TEST(a_folder_that_others_may_use_is_refused)
{
    char path[96];
    struct rig_folder folder = rig_folder_new();
    CHECK_EQ(chmod(folder.path, 0755), 0);
    refused(folder.path, "mode 0700");
    CHECK_EQ(chmod(folder.path, 0700), 0);
    refused("/nowhere/at/all", "cannot be made");
    snprintf(path, sizeof(path), "%s/file", folder.path);
    close(open(path, O_CREAT | O_CLOEXEC, 0600));
    refused(path, "cannot be opened");
    unlink(path);
    CHECK_EQ(symlink(folder.path, path), 0); /* somebody may have put it there */
    refused(path, "cannot be opened");
    unlink(path);
    if (geteuid() == 0) {
        CHECK_EQ(chown(folder.path, 1, 1), 0);
        refused(folder.path, "another user");
        CHECK_EQ(chown(folder.path, 0, 0), 0);
    }
    rig_folder_end(&folder);
}

TEST(other_variables_name_it_when_ours_does_not)
{
    char path[96], why[512];
    struct rig_folder folder = rig_folder_new();
    unsetenv("ISTHMUS_RUNTIME_DIR");
    setenv("XDG_RUNTIME_DIR", folder.path, 1);
    int fd = folder_open(true, why, sizeof(why));
    CHECK(fd >= 0);
    close(fd);
    snprintf(path, sizeof(path), "%s/isthmus", folder.path);
    CHECK_EQ(rmdir(path), 0);
    unsetenv("XDG_RUNTIME_DIR");
    setenv("ISTHMUS_RUNTIME_DIR", folder.path, 1);
    rig_folder_end(&folder);
}
