#include "tools/node/service_account.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "ledger/core/errc.hpp"
#include "tools/node/errc.hpp"

namespace node {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

Result<uid_t> owner_of(const fs::path& folder) {
    std::error_code failed;
    const fs::path whole = fs::absolute(folder, failed);
    if (failed) return Error{ledger::errc::storage_failed, folder.string() + ": " + failed.message()};
    for (fs::path place = whole / "log";; place = place.parent_path()) {
        struct stat found {};
        if (::stat(place.c_str(), &found) == 0) return found.st_uid;
        if ((errno != ENOENT && errno != ENOTDIR) || place == place.root_path()) {
            return Error{ledger::errc::storage_failed, "stat " + place.string() + ": " + std::strerror(errno)};
        }
    }
}

std::string name_of(uid_t account) {
    const passwd* const known = ::getpwuid(account);  // at a start: one thread
    return known != nullptr ? known->pw_name : "#" + std::to_string(account);
}

std::string quoted(const std::string& word) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

}  // namespace

std::string shell_line(std::span<const std::string> words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
    return line;
}

Result<void> check_account(const fs::path& folder, std::span<const std::string> command) {
    if (::geteuid() != 0) return {};
    ACTLEDGER_TRY(const uid_t owner, owner_of(folder));
    if (owner == 0) return {};
    const std::string account = name_of(owner);
    std::vector<std::string> words{"sudo", "-u", account};
    // sudo hands nothing of the environment on, and this one says where the tokens are.
    if (const char* const softhsm = std::getenv("SOFTHSM2_CONF")) {
        words.push_back(std::string("SOFTHSM2_CONF=") + softhsm);
    }
    words.insert(words.end(), command.begin(), command.end());
    return Error{
        errc::other_account, {}, {{"folder", folder.string()}, {"account", account}, {"command", shell_line(words)}}};
}

}  // namespace node
