#include "tools/terminal/terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "ledger/core/utf8.hpp"
#include "tools/terminal/errc.hpp"

namespace terminal {

ledger::Language choose_language(std::string_view override_tag) {
    std::string_view tag = override_tag;
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        if (!tag.empty()) break;
        if (const char* value = std::getenv(name)) tag = value;
    }
    return tag.starts_with("zh") ? ledger::Language::chinese : ledger::Language::english;
}

std::string report_text(std::string_view program, const ledger::Error& error, ledger::Language language) {
    // Facts come from files and answers: nothing of them drives the terminal.
    std::string text = ledger::as_one_line(std::string(program) + ": " + error.sentence(language) + " (" +
                                           std::string(error.stable_code()) + ")") +
                       "\n  " + ledger::as_one_line(error.remedy(language)) + "\n";
    if (!error.detail.empty()) text += "  [" + ledger::as_one_line(error.detail) + "]\n";
    return text;
}

int report(std::string_view program, const ledger::Error& error, ledger::Language language) {
    std::fputs(report_text(program, error, language).c_str(), stderr);
    return static_cast<int>(exit_of(error));
}

void say(ledger::Language language, std::string_view english, std::string_view chinese) {
    const auto text = language == ledger::Language::chinese ? chinese : english;
    std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
}

namespace {

/// The controlling terminal, whatever standard input is.
class Tty {
 public:
    Tty() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {}
    ~Tty() {
        if (fd_ >= 0) ::close(fd_);
    }
    Tty(const Tty&) = delete;
    Tty& operator=(const Tty&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

    void write(std::string_view text) const {
        while (!text.empty()) {
            const auto n = ::write(fd_, text.data(), text.size());
            if (n <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    /// One line without its newline; empty at the end of input.
    [[nodiscard]] std::string read_line() const {
        std::string line;
        char c = 0;
        while (line.size() < 4096 && ::read(fd_, &c, 1) == 1 && c != '\n') line += c;
        return line;
    }

 private:
    int fd_;
};

std::int64_t now_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

ledger::Result<std::string> prompt_secret(std::string_view question) {
    const Tty tty;
    termios before{};
    if (tty.fd() < 0 || ::tcgetattr(tty.fd(), &before) != 0) return ledger::Error{errc::no_terminal};
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    // Before the question: what is typed at once must neither be shown nor thrown away.
    if (::tcsetattr(tty.fd(), TCSAFLUSH, &silent) != 0) return ledger::Error{errc::no_terminal};
    tty.write(question);
    std::string answer = tty.read_line();
    ::tcsetattr(tty.fd(), TCSADRAIN, &before);
    tty.write("\n");
    return answer;
}

bool confirm_typed(std::string_view question, std::string_view expected) {
    const Tty tty;
    if (tty.fd() < 0) return false;
    tty.write(question);
    return tty.read_line() == expected;
}

Progress::Progress(std::string title, std::uint64_t total)
    : title_(std::move(title)), total_(total), started_ms_(now_ms()), on_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (drawn_) draw(true);
}

void Progress::advance_to(std::uint64_t done) {
    done_ = done;
    if (done < next_look_) return;
    next_look_ = done + 1024;
    const auto now = now_ms();
    if (now - started_ms_ < 500 || now - drawn_ms_ < (on_terminal_ ? 100 : 5000)) return;
    drawn_ms_ = now;
    draw(false);
}

void Progress::draw(bool last) {
    drawn_ = true;
    constexpr int width = 30;
    const double share = total_ == 0 ? 0 : static_cast<double>(done_) / static_cast<double>(total_);
    if (!on_terminal_ || total_ == 0) {
        std::fprintf(stderr, "%s%s: %llu%s", on_terminal_ ? "\r" : "", title_.c_str(),
                     static_cast<unsigned long long>(done_), on_terminal_ && !last ? "" : "\n");
        return;
    }
    const int full = static_cast<int>(share * width);
    std::fprintf(stderr, "\r%s [%.*s%*s] %3d %%%s", title_.c_str(), full, "##############################",
                 width - full, "", static_cast<int>(share * 100), last ? "\n" : "");
    std::fflush(stderr);
}

}  // namespace terminal
