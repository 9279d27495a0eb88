// What Swift's module of glibc leaves out of <spawn.h>, being no part of POSIX (glibc 2.34 and later).
#pragma once
#include <spawn.h>

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
