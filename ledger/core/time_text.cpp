#include "ledger/core/time_text.hpp"

#include <algorithm>
#include <chrono>

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::size_t seconds_text_length = std::string_view("2026-11-23T10:00:00Z").size();

/// @return false unless all of `text` is decimal digits.
bool read_number(std::string_view text, int& number) {
    number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return true;
}

/// Decimal digits, with leading zeros. @pre `number` has at most `digits` of them
void write_number(std::string& text, std::size_t at, std::size_t digits, unsigned number) {
    for (std::size_t i = at + digits; i-- > at; number /= 10) text[i] = static_cast<char>('0' + number % 10);
    ACTLEDGER_ASSERT(number == 0);
}

Error malformed_time() { return {errc::not_canonical, "a time is not RFC 3339 in UTC in the accepted spelling"}; }

}  // namespace

namespace {

/// Into the beginning of `text`, which has its separators already.
void write_seconds(std::string& text, std::int64_t us) {
    using namespace std::chrono;
    const sys_seconds seconds_since_1970{seconds(us / second.us)};
    const auto midnight = floor<days>(seconds_since_1970);
    const year_month_day date{midnight};
    const hh_mm_ss time{seconds_since_1970 - midnight};
    write_number(text, 0, 4, static_cast<unsigned>(int{date.year()}));
    write_number(text, 5, 2, unsigned{date.month()});
    write_number(text, 8, 2, unsigned{date.day()});
    write_number(text, 11, 2, static_cast<unsigned>(time.hours().count()));
    write_number(text, 14, 2, static_cast<unsigned>(time.minutes().count()));
    write_number(text, 17, 2, static_cast<unsigned>(time.seconds().count()));
}

}  // namespace

std::string time_text_seconds(Timestamp at) {
    std::string text = "0000-00-00T00:00:00Z";
    write_seconds(text, std::clamp<std::int64_t>(at.us, 0, latest_time.us));
    return text;
}

std::string time_text(Timestamp at) {
    const std::int64_t us = std::clamp<std::int64_t>(at.us, 0, latest_time.us);
    std::string text = "0000-00-00T00:00:00.000000Z";
    write_seconds(text, us);
    write_number(text, seconds_text_length, 6, static_cast<unsigned>(us % second.us));
    return text;
}

Result<Timestamp> parse_time_seconds(std::string_view text) {
    using namespace std::chrono;
    int year_number = 0;
    int month_number = 0;
    int day_number = 0;
    int hour_number = 0;
    int minute_number = 0;
    int second_number = 0;
    if (text.size() != seconds_text_length || !read_number(text.substr(0, 4), year_number) ||
        !read_number(text.substr(5, 2), month_number) || !read_number(text.substr(8, 2), day_number) ||
        !read_number(text.substr(11, 2), hour_number) || !read_number(text.substr(14, 2), minute_number) ||
        !read_number(text.substr(17, 2), second_number)) {
        return malformed_time();
    }
    const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                              std::chrono::day(static_cast<unsigned>(day_number))};
    if (!date.ok()) return malformed_time();
    const sys_seconds at = sys_days(date) + hours(hour_number) + minutes(minute_number) + seconds(second_number);
    const Timestamp result{at.time_since_epoch().count() * second.us};
    // Separators, leap seconds and hours beyond 23 all show up as another spelling.
    if (time_text_seconds(result) != text) return malformed_time();
    return result;
}

Result<Timestamp> parse_time(std::string_view text) {
    constexpr std::size_t fraction_length = std::string_view(".123456").size();
    int fraction = 0;
    if (text.size() != seconds_text_length + fraction_length ||
        !read_number(text.substr(seconds_text_length, fraction_length - 1), fraction)) {
        return malformed_time();
    }
    ACTLEDGER_TRY(const Timestamp whole,
                  parse_time_seconds(std::string(text.substr(0, seconds_text_length - 1)) + "Z"));
    const Timestamp result{whole.us + fraction};
    if (time_text(result) != text) return malformed_time();
    return result;
}

}  // namespace ledger
