#include "tools/cli/invocation.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "ledger/store_read/page_fault.hpp"
#include "projections/read/read_environment.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/ledger_client.hpp"
#include "tools/node/service_account.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

constexpr std::size_t certificate_file_bytes_max = 64 * 1024;

ledger::Error file_error(terminal::errc code, const std::filesystem::path& path, int error_number) {
    return {code, {}, {{"path", path.string()}, {"reason", std::strerror(error_number)}}};
}

/// An open file descriptor.
class File {
 public:
    File(const std::filesystem::path& path, int flags, mode_t mode = 0)
        : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

 private:
    int fd_;
};

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : ".";
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

/// A file that is there begins with `line`, or is empty.
ledger::Result<void> check_same_kind(const std::filesystem::path& path, std::string_view line) {
    const File file(path, O_RDONLY);
    if (file.fd() < 0 && errno == ENOENT) return {};
    if (file.fd() < 0) return file_error(terminal::errc::file_unwritable, path, errno);
    std::string begin(line.size() + 1, '\0');
    const auto count = ::pread(file.fd(), begin.data(), begin.size(), 0);
    if (count < 0) return file_error(terminal::errc::file_unwritable, path, errno);
    begin.resize(static_cast<std::size_t>(count));
    if (begin.empty() || first_line(begin) == line) return {};
    return ledger::Error{errc::file_of_other_kind, {}, {{"path", path.string()}}};
}

}  // namespace

ledger::Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
    const File file(path, O_RDONLY);
    if (file.fd() < 0) return file_error(terminal::errc::file_unreadable, path, errno);
    std::string bytes(bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < bytes.size()) {
        const auto n = ::read(file.fd(), bytes.data() + size, bytes.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_error(terminal::errc::file_unreadable, path, errno);
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    if (size > bytes_max) return file_error(terminal::errc::file_unreadable, path, EFBIG);
    bytes.resize(size);
    return bytes;
}

ledger::Result<ledger::Certificate> read_certificate(const std::filesystem::path& path) {
    ACTLEDGER_TRY(const std::string file, read_file(path, certificate_file_bytes_max));
    const bool pem = file.find("-----BEGIN") != file.npos;
    auto certificate =
        pem ? ledger::Certificate::from_pem(file) : ledger::Certificate::from_der(ledger::as_bytes(file));
    if (certificate) return certificate;
    ledger::Error error = std::move(certificate).error();
    error.detail = path.string() + (error.detail.empty() ? "" : ": ") + error.detail;
    return error;
}

ledger::Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, Existing existing) {
    if (existing == Existing::only_same_kind) ACTLEDGER_CHECK(check_same_kind(path, first_line(bytes)));
    std::array<std::uint8_t, 8> random{};
    ledger::fill_random(random);
    const std::filesystem::path fresh = path.string() + "." + ledger::hex_encode(random) + ".new";
    const File file(fresh, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (file.fd() < 0) return file_error(terminal::errc::file_unwritable, path, errno);
    if (!write_all(file.fd(), bytes) || ::fsync(file.fd()) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0) {
        const int failed = errno;
        ::unlink(fresh.c_str());
        return file_error(terminal::errc::file_unwritable, path, failed);
    }
    const File folder(folder_of(path), O_RDONLY | O_DIRECTORY);
    if (folder.fd() < 0 || ::fsync(folder.fd()) != 0) return file_error(terminal::errc::file_unwritable, path, errno);
    return {};
}

ledger::Result<void> check_place(const std::filesystem::path& path, std::string_view first_line) {
    if (::access(folder_of(path).c_str(), W_OK | X_OK) != 0) {
        return file_error(terminal::errc::file_unwritable, path, errno);
    }
    return check_same_kind(path, first_line);
}

ledger::Result<void> check_beginning(const std::filesystem::path& path,
                                     std::initializer_list<std::string_view> beginnings) {
    const File file(path, O_RDONLY | O_NONBLOCK);  // a FIFO is waited for by nobody
    if (file.fd() < 0 && errno == ENOENT) return {};
    struct stat what {};
    if (file.fd() < 0 || ::fstat(file.fd(), &what) != 0) {
        return file_error(terminal::errc::file_unwritable, path, errno);
    }
    std::size_t longest = 0;
    for (const std::string_view one : beginnings) longest = std::max(longest, one.size());
    std::string begin(longest, '\0');
    const auto count = S_ISREG(what.st_mode) ? ::pread(file.fd(), begin.data(), begin.size(), 0) : -1;
    if (count == 0) return {};
    begin.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    for (const std::string_view one : beginnings) {
        if (begin.starts_with(one)) return {};
    }
    return ledger::Error{errc::file_of_other_kind, {}, {{"path", path.string()}}};
}

ledger::Result<void> check_request_place(const std::filesystem::path& path) {
    return check_place(path, "-----BEGIN CERTIFICATE REQUEST-----");
}

ledger::Result<config::Config> Invocation::load_config() const {
    ACTLEDGER_TRY(config::Config config, config::load(config_file));
    const auto prepare = [&](ledger::MappedKind kind, const ledger::Error& damaged) {
        ledger::end_at_page_fault(kind, terminal::report_text("actledger", damaged, language()),
                                  static_cast<int>(terminal::exit_of(damaged)));
    };
    prepare(ledger::MappedKind::log, ledger::page_fault_error(config.ledger.folder));
    prepare(ledger::MappedKind::read_models, projections::page_fault_error(config.ledger.folder / "read"));
    return config;
}

ledger::Result<config::Config> Invocation::load_config_to_write() const {
    ACTLEDGER_TRY(config::Config config, load_config());
    ACTLEDGER_CHECK(node::check_account(config.ledger.folder, command));
    return config;
}

ledger::Result<std::unique_ptr<AdminClient>> Invocation::open_admin() {
    ACTLEDGER_TRY(const config::Config config, load_config());
    if (auto server = connect_to_server(config.admin_socket(), language())) return server;
    ACTLEDGER_CHECK(node::check_account(config.ledger.folder, command));
    return open_ledger_client(config, language());
}

void Invocation::ask(const AdminRequest& request, const std::function<void(const boost::json::object&)>& show_answer) {
    const auto admin = open_admin();
    if (!admin) return fail(admin.error());
    const auto answer = (*admin)->send(request);
    if (!answer) return fail(answer.error());
    if (answer->status >= 300) {
        exit_code = report_problem(*answer);
    } else if (json) {
        std::printf("%s\n", boost::json::serialize(answer->body).c_str());
    } else {
        show_answer(answer->body.is_object() ? answer->body.get_object() : boost::json::object());
    }
}

std::string show(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return "–";
    if (value->is_string()) return std::string(value->get_string());
    return boost::json::serialize(*value);
}

}  // namespace cli
