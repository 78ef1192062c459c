/* SPDX-License-Identifier: MIT */
/*
 * The broker as a program finds it: its executable, its folder, its limits, and whether one
 * runs. The executable is asked by --status, which starts none. Without a broker programs run,
 * each for itself: everything here is a note at worst.
 */
#include "doctor/examine.h"

#include "broker_program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The folder in which processes find each other, by the rule of isthmus-broker(8). */
static void write_folder(char *out, size_t size)
{
    const char *own = getenv("ISTHMUS_RUNTIME_DIR");
    const char *user = getenv("XDG_RUNTIME_DIR");
    if (own && *own)
        snprintf(out, size, "%s", own);
    else if (user && *user == '/')
        snprintf(out, size, "%s/isthmus", user);
    else
        snprintf(out, size, "/tmp/isthmus-%u", (unsigned)geteuid());
}

/* NULL if the folder will do; it is made when it is missing, but not what is above it. */
static const char *folder_trouble(const char *folder)
{
    struct stat st;
    char above[PATH_MAX];
    if (lstat(folder, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            return "is no folder";
        if (st.st_uid != geteuid())
            return "belongs to another user";
        return st.st_mode & 077 ? "is open to others; it wants mode 0700" : NULL;
    }
    if (errno != ENOENT)
        return strerror(errno);
    snprintf(above, sizeof(above), "%s", folder);
    char *slash = strrchr(above, '/');
    if (!slash || slash == above)
        return NULL;
    *slash = '\0';
    return access(above, W_OK | X_OK) == 0 ? NULL : "cannot be made: see the folder above it";
}

static void examine_folder(struct findings *f)
{
    char folder[PATH_MAX];
    write_folder(folder, sizeof(folder));
    const char *trouble = folder_trouble(folder);
    if (trouble) {
        findings_add(f, FINDING_NOTE, "folder", "%s %s", folder, trouble);
        findings_advise(f, "programs share nothing by name or number before that is right; "
                           "chmod 700 it, or let ISTHMUS_RUNTIME_DIR name one of your own");
    } else {
        findings_add(f, FINDING_OK, "folder", "processes find each other in %s", folder);
    }
    findings_fact(f, "folder", "%s", folder);
}

/* In the child: both outputs into the pipe. */
static void become_broker(const char *path, int out)
{
    char *const arguments[] = {(char *)(uintptr_t) "isthmus-broker",
                               (char *)(uintptr_t) "--status", NULL};
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(path, arguments);
    _exit(127);
}

/* The first line of what the executable says. False if it does not answer 0. */
static bool ask_status(const char *path, char *line, size_t size)
{
    int ends[2];
    int status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        become_broker(path, ends[1]);
    close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    line[0] = '\0';
    if (said && fgets(line, (int)size, said))
        line[strcspn(line, "\n")] = '\0';
    while (said && getc(said) != EOF)
        ; /* so that it can write all of it */
    if (said)
        fclose(said);
    else
        close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

/* Its answers begin with the word that we print anyway. */
static const char *without_word(const char *line, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0)
        return line;
    return line + length + strspn(line + length, " ");
}

static void examine_status(struct findings *f)
{
    char path[PATH_MAX];
    char line[256];
    if (!broker_program_find(path, sizeof(path))) {
        findings_add(f, FINDING_NOTE, "broker", "its program isthmus-broker is missing");
        findings_advise(f, "install Isthmus again, or let ISTHMUS_BROKER_PATH name it; without "
                           "it nothing is shared between processes");
        return;
    }
    if (ask_status(path, line, sizeof(line))) {
        findings_add(f, FINDING_OK, "broker", "%s", without_word(line, "broker"));
    } else {
        findings_add(f, FINDING_NOTE, "broker", "%s",
                     *line ? without_word(line, "isthmus:") : "it does not answer");
        findings_advise(f, "isthmus broker --stop ends the one that runs; the next program "
                           "starts another");
    }
    findings_fact(f, "program", "%s", path);
}

/* What is not set is as isthmus-broker(8) says. A number that is none counts as not set. */
static void examine_quotas(struct findings *f)
{
    static const char *const names[] = {"ISTHMUS_QUOTA_OBJECTS", "ISTHMUS_QUOTA_NAMES",
                                        "ISTHMUS_QUOTA_FDS", "ISTHMUS_QUOTA_BYTES"};
    static const char standard[] = "16384 objects, 16384 names, 65536 fds, 1 TiB a process";
    char set[256] = "";
    const char *bad = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const char *value = getenv(names[i]);
        size_t used = strlen(set);
        if (!value || !*value)
            continue;
        if (value[strspn(value, "0123456789")] != '\0')
            bad = names[i];
        snprintf(set + used, sizeof(set) - used, "; %s=%s", names[i], value);
    }
    findings_add(f, bad ? FINDING_NOTE : FINDING_OK, "quotas", "%s%s", standard, set);
    if (bad)
        findings_advise(f, "%s is no number and is ignored: set it to one, or unset it", bad);
}

void examine_broker(struct findings *f)
{
    const char *setting = getenv("ISTHMUS_BROKER");
    if (setting && strcmp(setting, "off") == 0) {
        findings_add(f, FINDING_OK, "broker",
                     "off by ISTHMUS_BROKER: names and numbers stay "
                     "within each process");
        return;
    }
    examine_folder(f);
    examine_status(f);
    examine_quotas(f);
}
