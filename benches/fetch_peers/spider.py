"""Scrapy doing what `newsprint fetch` does: feeds, robots.txt, pages, their articles by trafilatura, rows in SQLite.

usage: spider.py DATABASE PER_HOST {default|fast} FEED...
"""

import sqlite3
import sys
import time

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess

CONCURRENT = 16  # 32 made no difference
BATCH = 100  # rows that are committed together; nor did one at a time


class News(scrapy.Spider):
    name = "news"
    is_fast = False

    async def start(self):
        for feed in self.feeds:
            yield scrapy.Request(feed, callback=self.parse_feed)

    def parse_feed(self, response):
        for address in response.xpath("//item/link/text()").getall():
            yield scrapy.Request(address, callback=self.parse_page)

    def parse_page(self, response):
        # Without `with_metadata` there would be no title and no date; everything else is as trafilatura has it.
        # `response.body`, of which trafilatura guesses the encoding, was slower.
        found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True, fast=self.is_fast)
        if found is not None:
            yield {"url": response.url, "title": found.title, "date": found.date, "text": found.text}


class Rows:
    """Commits rows in batches, and those that are left at the end."""

    def __init__(self, database):
        self.connection = sqlite3.connect(database, timeout=60)
        # The other process may be changing it at this moment, for which no timeout makes SQLite wait.
        for _ in range(100):
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                time.sleep(0.02)
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS article (url TEXT PRIMARY KEY, title TEXT, date TEXT, text TEXT)")
        self.connection.commit()
        self.waiting = []

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler.settings["DATABASE"])

    def process_item(self, item):
        self.waiting.append(item)
        if len(self.waiting) >= BATCH:
            self.commit()
        return item

    def close_spider(self):
        self.commit()
        self.connection.close()

    def commit(self):
        with self.connection:
            self.connection.executemany("INSERT OR REPLACE INTO article VALUES (:url, :title, :date, :text)", self.waiting)
        self.waiting.clear()


def main() -> None:
    database, per_host, speed, *feeds = sys.argv[1:]
    process = CrawlerProcess({
        "DATABASE": database,
        "ITEM_PIPELINES": {Rows: 1},
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": CONCURRENT,
        "CONCURRENT_REQUESTS_PER_DOMAIN": int(per_host),
        # What Scrapy's documentation advises for many hosts: no host's requests wait for another's.
        "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.DownloaderAwarePriorityQueue",
        "LOG_LEVEL": "WARNING",
        "TELNETCONSOLE_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
    })
    process.crawl(News, feeds=feeds, is_fast=speed == "fast")
    process.start()


if __name__ == "__main__":
    main()
