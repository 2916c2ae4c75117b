#include "hsm/pin.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>

#include "hsm/errc.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::Result;

/// An open descriptor of this source.
class Descriptor {
 public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

/// A buffer that one PIN and its line end fit in, wiped on every way out.
struct LineBuffer {
    char text[pin_bytes_max + 2] = {};
    std::size_t size = 0;
    LineBuffer() = default;
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;
    ~LineBuffer() { OPENSSL_cleanse(text, sizeof text); }
};

/// The PIN in the buffer: one line, its end taken off.
std::optional<Pin> pin_of(const LineBuffer& buffer) {
    std::string_view line(buffer.text, buffer.size);
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.empty() || line.size() > pin_bytes_max) return std::nullopt;
    if (line.find_first_of(std::string_view("\n\r\0", 3)) != line.npos) return std::nullopt;
    return Pin(line);
}

Result<Pin> read_file(const std::filesystem::path& path) {
    const auto unreadable = [&](std::string detail) {
        return Error{errc::pin_unreadable, std::move(detail), {{"path", path.string()}}};
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return unreadable(std::strerror(errno));
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return unreadable(std::strerror(errno));
    if (!S_ISREG(info.st_mode)) return unreadable("not a regular file");
    if ((info.st_mode & (S_IRWXO | S_IWGRP)) != 0) return Error{errc::pin_file_exposed, {}, {{"path", path.string()}}};

    LineBuffer buffer;
    while (buffer.size < sizeof buffer.text) {
        const auto got = ::read(file.get(), buffer.text + buffer.size, sizeof buffer.text - buffer.size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(std::strerror(errno));
        if (got == 0) break;
        buffer.size += static_cast<std::size_t>(got);
    }
    auto pin = pin_of(buffer);
    if (!pin) return unreadable("does not hold one line of 1 to 255 bytes");
    return std::move(*pin);
}

/// Asks on the controlling terminal; echo is off while typing, and restored on every way out.
Result<Pin> read_terminal(std::string_view question) {
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    termios before{};
    if (terminal.get() < 0 || ::tcgetattr(terminal.get(), &before) != 0) return Error{errc::not_a_terminal};
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (::tcsetattr(terminal.get(), TCSAFLUSH, &silent) != 0) return Error{errc::not_a_terminal};
    struct Restore {
        int fd;
        const termios& settings;
        ~Restore() {
            ::tcsetattr(fd, TCSADRAIN, &settings);
            [[maybe_unused]] const auto shown = ::write(fd, "\n", 1);
        }
    } const restore{terminal.get(), before};

    if (::write(terminal.get(), question.data(), question.size()) < 0) return Error{errc::not_a_terminal};
    LineBuffer buffer;
    while (buffer.size < sizeof buffer.text) {  // canonical mode: a line at a time
        const auto got = ::read(terminal.get(), buffer.text + buffer.size, sizeof buffer.text - buffer.size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        buffer.size += static_cast<std::size_t>(got);
        if (buffer.text[buffer.size - 1] == '\n') break;
    }
    auto pin = pin_of(buffer);
    if (!pin) return Error{errc::pin_missing, "nothing usable was typed"};
    return std::move(*pin);
}

}  // namespace

Pin::Pin(std::string_view text) {
    text_.reserve(pin_bytes_max + 1);  // never in the string's own buffer, so that moving moves the only copy
    text_.assign(text);
}
Pin::Pin(Pin&& other) noexcept { text_.swap(other.text_); }
Pin& Pin::operator=(Pin&& other) noexcept {
    if (this != &other) {
        wipe();
        text_.swap(other.text_);
    }
    return *this;
}
Pin::~Pin() { wipe(); }
void Pin::wipe() noexcept {
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
}

struct PinSource::Asked {
    std::string question;  ///< Empty: was typed already.
    std::mutex mutex;
    Pin pin;
};

PinSource PinSource::file(std::filesystem::path path) {
    PinSource source;
    source.source_ = File{std::move(path)};
    return source;
}
PinSource PinSource::credential(std::string name) {
    PinSource source;
    source.source_ = Credential{std::move(name)};
    return source;
}
PinSource PinSource::prompt(std::string question) {
    PinSource source;
    auto asked = std::make_shared<Asked>();
    asked->question = std::move(question);
    source.source_ = std::move(asked);
    return source;
}
PinSource PinSource::typed(Pin pin) {
    PinSource source;
    auto asked = std::make_shared<Asked>();
    asked->pin = std::move(pin);
    source.source_ = std::move(asked);
    return source;
}

Result<Pin> PinSource::read() const {
    if (const auto* file = std::get_if<File>(&source_)) return read_file(file->path);
    if (const auto* credential = std::get_if<Credential>(&source_)) {
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
        if (folder == nullptr) return Error{errc::pin_missing, "CREDENTIALS_DIRECTORY is not set"};
        return read_file(std::filesystem::path(folder) / credential->name);
    }
    if (const auto* shared = std::get_if<std::shared_ptr<Asked>>(&source_)) {
        Asked& asked = **shared;
        const std::lock_guard lock(asked.mutex);
        if (asked.pin.empty()) {
            if (asked.question.empty()) return Error{errc::pin_missing};
            ACTLEDGER_TRY(asked.pin, read_terminal(asked.question));
        }
        return asked.pin.clone();
    }
    return Error{errc::pin_missing};
}

bool PinSource::attended() const { return std::holds_alternative<std::shared_ptr<Asked>>(source_); }

std::string PinSource::describe() const {
    if (const auto* file = std::get_if<File>(&source_)) return "file " + file->path.string();
    if (const auto* credential = std::get_if<Credential>(&source_)) return "credential " + credential->name;
    return attended() ? "typed" : "none";
}

PinSource choose_pin_source(const std::filesystem::path& pin_file, std::string_view uri_pin_source) {
    if (!pin_file.empty()) return PinSource::file(pin_file);
    if (!uri_pin_source.empty()) return PinSource::file(uri_pin_source);
    constexpr const char* credential = "hsm-pin";
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    std::error_code ignored;  // whether it can be read is told by read()
    if (folder != nullptr && std::filesystem::exists(std::filesystem::path(folder) / credential, ignored)) {
        return PinSource::credential(credential);
    }
    return {};
}

}  // namespace hsm
