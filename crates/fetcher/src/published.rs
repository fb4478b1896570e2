//! From a stated publication time to an instant that no reader could have preceded.

use chrono::{
    DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc,
};
use chrono_tz::Tz;
use newsprint_domain::article::{Published, StatedTime};
use newsprint_domain::calendar::end_of_day;

/// Where no zone is known: UTC−12, the last place on earth where it is still that day.
const LAST_ZONE: Tz = Tz::Etc__GMTPlus12;

/// Resolves `stated`, found in `found_in`, by the publisher's `zone`.
///
/// A date is the end of that date, and a time without an offset the latest instant it can mean, so that no market can have
/// acted on it earlier. Midnight to the second is what publishing systems write for a date without a time, and is read so.
pub fn resolve(stated: StatedTime, zone: Option<Tz>, found_in: &str) -> Published {
    let assumed = zone.unwrap_or(LAST_ZONE);
    let (instant, uses_zone) = match (stated, placeholder_day(stated)) {
        (StatedTime::Instant(instant), Some(day))
            if zone.is_none() && instant.offset().local_minus_utc() != 0 =>
        {
            (end_in_offset(day, *instant.offset()), false)
        }
        (_, Some(day)) => (end_of_day(day, assumed), true),
        (StatedTime::Instant(instant), None) => (instant.to_utc(), false),
        (StatedTime::Local(local), None) => (latest(local, assumed), true),
        (StatedTime::Day(day), None) => (end_of_day(day, assumed), true),
    };
    let zone_name = zone.map_or("UTC-12", |zone| zone.name());
    Published {
        instant,
        stated,
        zone: uses_zone.then(|| zone_name.to_owned()),
        found_in: found_in.to_owned(),
    }
}

/// The day that a midnight to the second stands for.
fn placeholder_day(stated: StatedTime) -> Option<NaiveDate> {
    let local = match stated {
        StatedTime::Instant(instant) => instant.naive_local(),
        StatedTime::Local(local) => local,
        StatedTime::Day(_) => return None,
    };
    (local.time() == NaiveTime::MIN).then(|| local.date())
}

/// 23:59:59 of `day` at this offset from UTC.
fn end_in_offset(day: NaiveDate, offset: FixedOffset) -> DateTime<Utc> {
    let last_second = day.and_time(NaiveTime::MIN) + Duration::seconds(86_399);
    Utc.from_utc_datetime(&(last_second - offset))
}

/// The later of two instants where clocks went back; where they went forward, the instant an hour on.
fn latest(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let resolved = zone.from_local_datetime(&local).latest();
    let resolved = resolved.or_else(|| {
        zone.from_local_datetime(&(local + Duration::hours(1)))
            .latest()
    });
    resolved.map_or_else(|| Utc.from_utc_datetime(&local), |instant| instant.to_utc())
}

#[cfg(test)]
mod tests {
    use chrono_tz::America::{Chicago, New_York};

    use super::*;

    fn check(stated: StatedTime, zone: Option<Tz>, expected: &str, zone_name: Option<&str>) {
        let published = resolve(stated, zone, "meta:date");
        assert_eq!(
            published.instant,
            expected.parse::<DateTime<Utc>>().unwrap()
        );
        assert_eq!(published.zone.as_deref(), zone_name);
    }

    #[test]
    fn a_date_ends_in_the_publishers_zone_and_else_in_the_last_one() {
        let day = StatedTime::Day("2024-07-11".parse().unwrap());
        check(
            day,
            Some(Chicago),
            "2024-07-12T04:59:59Z",
            Some("America/Chicago"),
        );
        check(day, None, "2024-07-12T11:59:59Z", Some("UTC-12"));
    }

    #[test]
    fn a_local_time_is_never_read_too_early() {
        let autumn = StatedTime::Local("2024-11-03T01:30:00".parse().unwrap());
        check(
            autumn,
            Some(New_York),
            "2024-11-03T06:30:00Z",
            Some("America/New_York"),
        );
        let spring = StatedTime::Local("2024-03-10T02:30:00".parse().unwrap());
        check(
            spring,
            Some(New_York),
            "2024-03-10T07:30:00Z",
            Some("America/New_York"),
        );
    }

    #[test]
    fn an_offset_needs_no_zone() {
        let stated = StatedTime::Instant("2024-07-17T08:10:00+10:00".parse().unwrap());
        check(stated, Some(New_York), "2024-07-16T22:10:00Z", None);
    }

    #[test]
    fn midnight_to_the_second_stands_for_the_day() {
        let instant = |text: &str| StatedTime::Instant(text.parse().unwrap());
        check(
            instant("2024-07-16T00:00:00Z"),
            None,
            "2024-07-17T11:59:59Z",
            Some("UTC-12"),
        );
        let new_york = Some("America/New_York");
        check(
            instant("2024-07-16T00:00:00Z"),
            Some(New_York),
            "2024-07-17T03:59:59Z",
            new_york,
        );
        check(
            instant("2024-07-16T00:00:00+08:00"),
            None,
            "2024-07-16T15:59:59Z",
            None,
        );
        let local = StatedTime::Local("2024-07-16T00:00:00".parse().unwrap());
        check(local, Some(New_York), "2024-07-17T03:59:59Z", new_york);
        check(
            instant("2024-07-16T00:00:01Z"),
            None,
            "2024-07-16T00:00:01Z",
            None,
        );
    }
}
