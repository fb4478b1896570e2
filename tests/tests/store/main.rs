//! What the store promises, on every engine: nothing is lost, doubled or changed, and any instant can be taken back to.
//!
//! A case gets the address of a store that is not there yet. Each is a test of its own on SQLite; all of them together are one on
//! PostgreSQL, each in a database of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod by_hand;
mod engine;
mod facts;
mod file;
mod given;
mod history;
mod leases;
mod lineage;
mod migrations;
mod refusals;
mod stages;
mod sums;
mod tags;
mod tallies;
mod texts;
mod together;

macro_rules! on_both_engines {
    ($($module:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let folder = tempfile::tempdir().unwrap();
                $module::$case(given::file(&folder)).await;
            }
        )+)+

        #[cfg(unix)]
        #[tokio::test(flavor = "multi_thread")]
        async fn every_case_holds_on_postgres() {
            use newsprint_tests::postgres::{PrivatePostgres, Settings};

            let server = PrivatePostgres::start(Settings::default());
            let mut failed = Vec::new();
            $($(
                let mut case = tokio::task::JoinSet::new();
                case.spawn($module::$case(server.create_database()));
                if let Some(Err(error)) = case.join_next().await {
                    failed.push(format!("{}: {error}", stringify!($case)));
                }
            )+)+
            assert!(failed.is_empty(), "{failed:#?}");
        }
    };
}

on_both_engines! {
    facts:
        the_same_article_twice_is_one_row,
        a_later_revision_never_stands_in_for_the_first,
        a_table_of_the_past_knows_nothing_recorded_later,
        a_new_calendar_adds_an_assignment_and_the_past_keeps_the_old_one,
        what_was_recorded_is_found_by_its_names,
        a_corrected_close_is_a_revision;
    history: what_was_known_at_an_instant_never_changes;
    leases:
        a_host_has_one_holder_even_where_the_other_read_the_clock_before_it_waited,
        a_lease_of_a_clock_that_was_wrong_does_not_hold,
        the_gap_begins_at_the_end_and_the_day_has_so_many_requests,
        a_lease_that_is_returned_costs_nothing_and_the_gaps_of_the_dead_begin_anew,
        an_item_has_one_claim_even_where_the_other_read_the_clock_before_it_waited;
    lineage:
        copies_follow_the_earliest_and_linking_again_adds_nothing,
        what_was_recorded_already_is_recorded_once,
        a_later_copy_changes_no_earlier_answer,
        an_original_that_is_loaded_later_takes_its_place_and_the_past_keeps_the_old_one,
        a_copy_of_a_later_revision_is_found_and_a_later_revision_makes_no_copy,
        who_took_words_up_later_is_not_followed_for_them,
        candidates_are_near_few_and_those_that_share_most;
    refusals: the_engine_itself_refuses_to_change_or_remove_a_fact;
    stages:
        a_paused_holder_that_wakes_up_can_write_nothing,
        a_lease_lasts_as_long_as_it_is_renewed_and_not_given_back,
        a_stage_lease_of_a_clock_that_was_wrong_does_not_hold,
        a_slot_is_run_by_one_scheduler_and_taken_over_from_a_dead_one,
        of_many_that_ask_at_once_one_gets_the_stage;
    sums:
        sums_are_those_of_the_articles_as_of_any_instant,
        a_new_calendar_moves_sums_and_the_past_keeps_them,
        every_run_has_sums_of_its_own,
        what_is_retrospective_is_summed_apart,
        a_revision_of_the_same_instant_or_of_a_clock_that_went_back_moves_no_sum,
        sums_that_were_altered_are_found_and_made_anew;
    tags: what_a_theme_says_is_read_back_as_it_was_recorded;
    tallies:
        an_item_counts_by_its_last_outcome_until_it_gives_an_article,
        a_page_that_was_named_counts_until_it_is_asked_for;
    texts: any_text_is_kept;
    together:
        two_stores_that_fetch_the_same_double_nothing,
        two_stores_that_tag_and_price_the_same_double_nothing;
}
