#include "tools/cli/interruption.hpp"

#include <csignal>

namespace cli {
namespace {

volatile std::sig_atomic_t signal_noted = 0;

void note_signal(int) { signal_noted = 1; }

void handle(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interruption::Interruption() {
    signal_noted = 0;
    handle(note_signal);
}
Interruption::~Interruption() { handle(SIG_DFL); }
bool Interruption::noted() { return signal_noted != 0; }

}  // namespace cli
