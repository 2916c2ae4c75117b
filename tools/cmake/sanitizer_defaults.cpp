// tools/cmake/sanitizer_defaults.cpp: how a program of a sanitized build runs, whoever starts it: a test, a drill or a
// person. Linked into each of them when ACTLEDGER_SANITIZE is set (build_flags.cmake). The runtime looks for these by
// name; what the variable ASAN_OPTIONS says goes before them.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

/// Whether strace(1) or a debugger watches this process: "TracerPid" of proc(5) names it, and is 0 without one.
bool is_traced() {
    constexpr char field[] = "TracerPid:";
    std::FILE* const status = std::fopen("/proc/self/status", "re");
    if (status == nullptr) return false;
    bool traced = false;
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
        if (std::strncmp(line, field, sizeof field - 1) == 0) traced = std::atoi(line + sizeof field - 1) != 0;
    }
    std::fclose(status);
    return traced;
}

}  // namespace

extern "C" {

/// libfaketime is preloaded, and so comes before the runtime; it leaves memory alone.
const char* __asan_default_options() { return "verify_asan_link_order=0"; }

/// The search for leaks is a tracer itself and there is room for one: a program under strace would fail at its end.
int __lsan_is_turned_off() { return is_traced() ? 1 : 0; }
}
